import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const expm1Op = elementwise({
  name: 'expm1',
  doc: 'exp(x) − 1 of each element, without the loss of precision near 0. Its derivative is exp(x).',
  operands: ['f32'],
  result: 'f32',
  value: Math.expm1,
  scalar: (x) => unary('expm1', x),
  partials: (b, [x]) => [x === undefined ? null : b.exp(x)],
  flops: 10,
  laws: ['monotone'],
})

/** exp(x) − 1 of each element, precise near 0. */
export const expm1 = unaryCombinator(expm1Op)
