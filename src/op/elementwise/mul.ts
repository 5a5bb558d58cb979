import { binary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const mulOp = elementwise({
  name: 'mul',
  doc: 'x · y, elementwise; operands broadcast.',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: (x, y) => x * y,
  scalar: (x, y) => binary('mul', x, y),
  partials: (_, [x, y]) => [y ?? null, x ?? null],
  laws: ['bilinear', 'commutative', 'associative'],
})
