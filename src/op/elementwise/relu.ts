import { binary, constant } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const reluOp = elementwise({
  name: 'relu',
  doc: 'max(x, 0) of each element. At 0 the derivative is taken to be 0.',
  operands: ['f32'],
  result: 'f32',
  value: (x) => Math.max(x, 0),
  scalar: (x) => binary('max', x, constant(0)),
  partials: (b, [x]) => [x === undefined ? null : b.toFloat(b.greater(x, b.constant(0)))],
  domain: 'apart',
  relative: 0,
  laws: ['monotone', 'idempotent'],
})

/** max(x, 0) of each element. */
export const relu = unaryCombinator(reluOp)
