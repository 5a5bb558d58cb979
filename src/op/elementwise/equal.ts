import { binary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const equalOp = elementwise({
  name: 'equal',
  doc: 'x = y, elementwise, as a bool; operands of one dtype broadcast.',
  operands: ['same', 'same'],
  result: 'bool',
  value: (x, y) => (x === y ? 1 : 0),
  scalar: (x, y) => binary('eq', x, y),
  partials: () => [null, null],
})
