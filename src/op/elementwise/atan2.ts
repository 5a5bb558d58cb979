import type { Scalar } from '../../ir/scalar.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import { binary, constant, select, unary } from '../scalar-expression.js'
import { binaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

/** (atan z − z) / z³ by z², on |z| ≤ tan(π/8): minimax fit of the error relative to atan, 2^-30. */
const ATAN = [
  -0.33333316445350647, 0.19998471438884735, -0.14243532717227936, 0.10593811422586441, -0.06078215315937996,
]

/** c0 + t (c1 + t (…)) */
const polynomial = (t: Scalar, coefficients: readonly number[]): Scalar =>
  coefficients
    .map(constant)
    .reduceRight((rest, coefficient) => binary('add', coefficient, binary('mul', t, rest)))

/** The arctangent of p / q for 0 ≤ p ≤ q: above tan(π/8) it is π/4 + atan((p − q) / (p + q)). */
const arctangentOfRatio = (p: Scalar, q: Scalar): Scalar => {
  // The point 0 has the angle 0, and two infinities π/4, as in IEEE 754; their quotients would be NaN.
  const isOrigin = binary('and', binary('eq', p, constant(0)), binary('eq', q, constant(0)))
  const ratio = select(binary('eq', p, q), constant(1), binary('div', p, q))
  const a = select(isOrigin, constant(0), ratio)
  const isHigh = binary('gt', a, constant(Math.SQRT2 - 1))
  const turned = binary('div', binary('sub', a, constant(1)), binary('add', a, constant(1)))
  const z = select(isHigh, turned, a)
  const square = binary('mul', z, z)
  const bend = binary('mul', binary('mul', z, square), polynomial(square, ATAN))
  return binary('add', select(isHigh, constant(Math.PI / 4), constant(0)), binary('add', z, bend))
}

/** Comparisons choose the octant, because a shader's max and min may drop a NaN. */
const angle = (y: Scalar, x: Scalar): Scalar => {
  const [height, width] = [unary('abs', y), unary('abs', x)]
  const isSteep = binary('gt', height, width)
  const octant = arctangentOfRatio(select(isSteep, width, height), select(isSteep, height, width))
  const quadrant = select(isSteep, binary('sub', constant(Math.PI / 2), octant), octant)
  const half = select(binary('lt', x, constant(0)), binary('sub', constant(Math.PI), quadrant), quadrant)
  return select(binary('lt', y, constant(0)), unary('neg', half), half)
}

/** x / (x² + y²) and −y / (x² + y²). */
const derivatives = (b: Builder, y: Tensor, x: Tensor): readonly Tensor[] => {
  const square = b.add(b.mul(x, x), b.mul(y, y))
  return [b.div(x, square), b.neg(b.div(y, square))]
}

export const atan2Op = elementwise({
  name: 'atan2',
  doc: 'The angle of the point (x, y), first operand y, elementwise, in (−π, π]; operands broadcast. A zero has no sign: atan2(±0, x) is 0 for x ≥ 0 and π below. ∂/∂y = x / (x² + y²), ∂/∂x = −y / (x² + y²).',
  operands: ['f32', 'f32'],
  result: 'f32',
  // Adding 0 makes a positive zero of a negative one.
  value: (y, x) => Math.atan2(y + 0, x + 0),
  scalar: angle,
  partials: (b, [y, x]) => (y === undefined || x === undefined ? [] : derivatives(b, y, x)),
  flops: 24,
  domain: 'nonzero',
})

/**
 * `pipe(y, atan2(x))`: the angle of the point (x, y), elementwise, in radians from −π to π; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const atan2 = binaryCombinator(atan2Op)
