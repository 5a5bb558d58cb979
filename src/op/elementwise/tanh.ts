import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const tanhOp = elementwise({
  name: 'tanh',
  doc: 'Hyperbolic tangent of each element. Its derivative is 1 − tanh².',
  operands: ['f32'],
  result: 'f32',
  value: Math.tanh,
  scalar: (x) => unary('tanh', x),
  partials: (b, _, result) => [b.sub(b.constant(1), b.mul(result, result))],
  flops: 10,
  laws: ['monotone', 'odd'],
})

/** The hyperbolic tangent of each element. */
export const tanh = unaryCombinator(tanhOp)
