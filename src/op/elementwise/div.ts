import { binary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const divOp = elementwise({
  name: 'div',
  doc: 'x / y, elementwise; operands broadcast.',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: (x, y) => x / y,
  scalar: (x, y) => binary('div', x, y),
  partials: (b, [_, y], q) => (y === undefined ? [] : [b.div(b.constant(1), y), b.neg(b.div(q, y))]),
  domain: 'nonzero',
})
