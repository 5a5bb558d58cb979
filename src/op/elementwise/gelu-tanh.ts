import type { Scalar } from '../../ir/scalar.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import { binary, constant, unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

/** ½ (1 + tanh u) is σ(2u), which does not cancel for negative u. */
const SLOPE = 2 * Math.sqrt(2 / Math.PI)
const CUBIC = 0.044715
/** Below this the factor is 0 in float32; −∞ times 0 would be NaN. */
const LOWEST = -200

/** 2 √(2/π) (x + 0.044715 x³) */
const argument = (x: Scalar): Scalar => {
  const square = binary('mul', x, x)
  const factor = binary('add', constant(SLOPE), binary('mul', constant(SLOPE * CUBIC), square))
  return binary('mul', x, factor)
}

/** σ(v) (1 + x v′ (1 − σ(v))) with v the argument above. */
const derivative = (b: Builder, x: Tensor): Tensor => {
  const square = b.mul(x, x)
  const v = b.mul(x, b.add(b.constant(SLOPE), b.mul(b.constant(SLOPE * CUBIC), square)))
  const slope = b.add(b.constant(SLOPE), b.mul(b.constant(3 * SLOPE * CUBIC), square))
  const sigmoid = b.sigmoid(v)
  return b.mul(sigmoid, b.add(b.constant(1), b.mul(b.mul(x, slope), b.sub(b.constant(1), sigmoid))))
}

export const geluTanhOp = elementwise({
  name: 'geluTanh',
  doc: 'Gaussian error linear unit of each element in its tanh form, ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), within 5e-4 of gelu; 0 at −∞ (Hendrycks and Gimpel, arXiv:1606.08415, section 2).',
  operands: ['f32'],
  result: 'f32',
  value: (x) => (x === -Infinity ? 0 : x / (1 + Math.exp(-SLOPE * (x + CUBIC * x ** 3)))),
  scalar: (x) => binary('mul', binary('max', x, constant(LOWEST)), unary('sigmoid', argument(x))),
  partials: (b, [x]) => [x === undefined ? null : derivative(b, x)],
  flops: 18,
})

/** ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))) of each element: the approximation of gelu. */
export const geluTanh = unaryCombinator(geluTanhOp)
