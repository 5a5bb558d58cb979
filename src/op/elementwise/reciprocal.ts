import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const reciprocalOp = elementwise({
  name: 'reciprocal',
  doc: '1 / x of each element; ±∞ at ±0. Its derivative is −1/x².',
  operands: ['f32'],
  result: 'f32',
  value: (x) => 1 / x,
  scalar: (x) => unary('reciprocal', x),
  partials: (b, _, result) => [b.neg(b.mul(result, result))],
  domain: 'nonzero',
  laws: ['odd'],
})

/** 1 / x of each element. */
export const reciprocal = unaryCombinator(reciprocalOp)
