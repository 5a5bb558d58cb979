import { binary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const squareOp = elementwise({
  name: 'square',
  doc: 'x² of each element. Its derivative is 2x.',
  operands: ['f32'],
  result: 'f32',
  value: (x) => x * x,
  scalar: (x) => binary('mul', x, x),
  partials: (b, [x]) => [x === undefined ? null : b.mul(b.constant(2), x)],
  laws: ['even'],
})

/** x² of each element. */
export const square = unaryCombinator(squareOp)
