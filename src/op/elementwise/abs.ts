import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const absOp = elementwise({
  name: 'abs',
  doc: 'Absolute value of each element. Its derivative is the sign, 0 at 0.',
  operands: ['f32'],
  result: 'f32',
  value: Math.abs,
  scalar: (x) => unary('abs', x),
  partials: (b, [x]) => [x === undefined ? null : b.sign(x)],
  domain: 'apart',
  relative: 0,
  laws: ['even', 'idempotent'],
})

/** |x| of each element. */
export const abs = unaryCombinator(absOp)
