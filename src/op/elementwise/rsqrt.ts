import { unary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const rsqrtOp = elementwise({
  name: 'rsqrt',
  doc: '1/√x of each element.',
  operands: ['f32'],
  result: 'f32',
  value: (x) => 1 / Math.sqrt(x),
  scalar: (x) => unary('rsqrt', x),
  partials: (b, [x], y) => [x === undefined ? null : b.mul(b.constant(-0.5), b.div(y, x))],
  flops: 3,
  domain: 'positive',
})
