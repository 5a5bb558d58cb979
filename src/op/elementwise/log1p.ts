import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const log1pOp = elementwise({
  name: 'log1p',
  doc: 'log(1 + x) of each element, without the loss of precision near 0; −∞ at −1, NaN below. Its derivative is 1 / (1 + x).',
  operands: ['f32'],
  result: 'f32',
  value: Math.log1p,
  scalar: (x) => unary('log1p', x),
  partials: (b, [x]) => [x === undefined ? null : b.reciprocal(b.add(b.constant(1), x))],
  flops: 10,
  domain: 'positive',
  laws: ['monotone'],
})

/** log(1 + x) of each element, precise near 0. */
export const log1p = unaryCombinator(log1pOp)
