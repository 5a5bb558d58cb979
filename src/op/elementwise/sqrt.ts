import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const sqrtOp = elementwise({
  name: 'sqrt',
  doc: 'Square root of each element; NaN below 0. d√x = 1 / (2√x).',
  operands: ['f32'],
  result: 'f32',
  value: Math.sqrt,
  scalar: (x) => unary('sqrt', x),
  partials: (b, _, root) => [b.div(b.constant(0.5), root)],
  flops: 4,
  domain: 'positive',
  laws: ['monotone'],
})

/** The square root of each element. */
export const sqrt = unaryCombinator(sqrtOp)
