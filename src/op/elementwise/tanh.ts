import { unary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const tanhOp = elementwise({
  name: 'tanh',
  doc: 'Hyperbolic tangent of each element.',
  operands: ['f32'],
  result: 'f32',
  value: Math.tanh,
  scalar: (x) => unary('tanh', x),
  partials: (b, _, y) => [b.sub(b.constant(1), b.mul(y, y))],
  flops: 10,
  laws: ['odd', 'monotone'],
})
