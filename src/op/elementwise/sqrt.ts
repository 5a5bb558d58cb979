import { unary } from '../scalar-expression.js'
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
