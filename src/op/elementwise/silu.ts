import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import { binary, constant, unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

/** Below this σ(x) is 0 in float32; −∞ times 0 would be NaN. */
const LOWEST = -200

/** σ(x) (1 + x (1 − σ(x))) */
const derivative = (b: Builder, x: Tensor): Tensor => {
  const sigmoid = b.sigmoid(x)
  return b.mul(sigmoid, b.add(b.constant(1), b.mul(x, b.sub(b.constant(1), sigmoid))))
}

export const siluOp = elementwise({
  name: 'silu',
  doc: 'x σ(x) of each element with the logistic function σ, also called swish; 0 at −∞ (Elfwing et al., arXiv:1702.03118).',
  operands: ['f32'],
  result: 'f32',
  value: (x) => (x === -Infinity ? 0 : x / (1 + Math.exp(-x))),
  scalar: (x) => binary('mul', binary('max', x, constant(LOWEST)), unary('sigmoid', x)),
  partials: (b, [x]) => [x === undefined ? null : derivative(b, x)],
  flops: 12,
})

/** x σ(x) of each element, with the logistic function σ. */
export const silu = unaryCombinator(siluOp)
