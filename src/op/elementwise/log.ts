import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const logOp = elementwise({
  name: 'log',
  doc: 'Natural logarithm of each element; −∞ at 0, NaN below.',
  operands: ['f32'],
  result: 'f32',
  value: Math.log,
  scalar: (x) => unary('log', x),
  partials: (b, [x]) => [x === undefined ? null : b.div(b.constant(1), x)],
  flops: 8,
  domain: 'positive',
  laws: ['monotone'],
})

/** The natural logarithm of each element. */
export const log = unaryCombinator(logOp)
