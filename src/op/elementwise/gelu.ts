import type { Scalar } from '../../ir/scalar.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import { binary, constant, unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { erfc } from './error-function.js'
import { elementwise } from './family.js'

/** Below this Φ(x) is 0 in float32; −∞ times 0 would be NaN. */
const LOWEST = -200

/** Φ(x) = ½ (1 + erf(x/√2)), the distribution function of the standard normal, as a scalar expression. */
const phi = (x: Scalar): Scalar => {
  const erf = unary('erf', binary('mul', x, constant(Math.SQRT1_2)))
  return binary('mul', constant(0.5), binary('add', constant(1), erf))
}

/** Φ(x) + x φ(x), where φ(x) = exp(−x²/2) / √(2π) is the density of the standard normal. */
const derivative = (b: Builder, x: Tensor): Tensor => {
  const distribution = b.mul(b.constant(0.5), b.add(b.constant(1), b.erf(b.mul(x, b.constant(Math.SQRT1_2)))))
  const density = b.mul(b.constant(1 / Math.sqrt(2 * Math.PI)), b.exp(b.mul(b.constant(-0.5), b.mul(x, x))))
  return b.add(distribution, b.mul(x, density))
}

export const geluOp = elementwise({
  name: 'gelu',
  doc: 'Gaussian error linear unit of each element, exact: x Φ(x) with Φ(x) = ½ (1 + erf(x/√2)) (Hendrycks and Gimpel, arXiv:1606.08415).',
  operands: ['f32'],
  result: 'f32',
  // erfc keeps the relative precision that 1 + erf loses for negative x; its limit at −∞ is 0.
  value: (x) => (x === -Infinity ? 0 : 0.5 * x * erfc(-x * Math.SQRT1_2)),
  scalar: (x) => binary('mul', binary('max', x, constant(LOWEST)), phi(x)),
  partials: (b, [x]) => [x === undefined ? null : derivative(b, x)],
  flops: 20,
})

/** x Φ(x) of each element, exact by erf. */
export const gelu = unaryCombinator(geluOp)
