import { binary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const equalOp = elementwise({
  name: 'equal',
  doc: 'Whether x equals y (x = y), elementwise; f32 or i24, operands broadcast. No gradient flows.',
  operands: ['number', 'number'],
  result: 'bool',
  value: (x, y) => Number(x === y),
  scalar: (x, y) => binary('eq', x, y),
  partials: () => [null, null],
  domain: 'apart',
  laws: ['commutative'],
})
