import { binary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const lessEqualOp = elementwise({
  name: 'lessEqual',
  doc: 'x ≤ y, elementwise, as a bool; operands of one dtype broadcast.',
  operands: ['same', 'same'],
  result: 'bool',
  value: (x, y) => (x <= y ? 1 : 0),
  scalar: (x, y) => binary('le', x, y),
  partials: () => [null, null],
})
