import { unary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const sqrtOp = elementwise({
  name: 'sqrt',
  doc: 'Square root of each element; NaN below 0.',
  operands: ['f32'],
  result: 'f32',
  value: Math.sqrt,
  scalar: (x) => unary('sqrt', x),
  partials: (b, _, y) => [b.div(b.constant(0.5), y)],
  flops: 2,
  domain: 'positive',
  laws: ['monotone'],
})
