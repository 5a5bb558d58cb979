import { unary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const sigmoidOp = elementwise({
  name: 'sigmoid',
  doc: '1 / (1 + e⁻ˣ) of each element.',
  operands: ['f32'],
  result: 'f32',
  value: (x) => 1 / (1 + Math.exp(-x)),
  scalar: (x) => unary('sigmoid', x),
  partials: (b, _, y) => [b.mul(y, b.sub(b.constant(1), y))],
  flops: 10,
  laws: ['monotone'],
})
