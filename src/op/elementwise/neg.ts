import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const negOp = elementwise({
  name: 'neg',
  doc: '−x of each element.',
  operands: ['f32'],
  result: 'f32',
  value: (x) => -x,
  scalar: (x) => unary('neg', x),
  partials: (b) => [b.constant(-1)],
  relative: 0,
  laws: ['linear', 'involution', 'odd'],
})

/** −x of each element. */
export const neg = unaryCombinator(negOp)
