import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const cosOp = elementwise({
  name: 'cos',
  doc: 'Cosine of each element, in radians.',
  operands: ['f32'],
  result: 'f32',
  value: Math.cos,
  scalar: (x) => unary('cos', x),
  partials: (b, [x]) => [x === undefined ? null : b.neg(b.sin(x))],
  flops: 10,
  range: [[-1e4, 1e4]],
  laws: ['even'],
})

/** The cosine of each element, in radians. */
export const cos = unaryCombinator(cosOp)
