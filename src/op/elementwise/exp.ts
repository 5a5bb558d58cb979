import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const expOp = elementwise({
  name: 'exp',
  doc: 'eˣ of each element.',
  operands: ['f32'],
  result: 'f32',
  value: Math.exp,
  scalar: (x) => unary('exp', x),
  partials: (_, __, result) => [result],
  flops: 8,
  laws: ['monotone'],
})

/** eˣ of each element. */
export const exp = unaryCombinator(expOp)
