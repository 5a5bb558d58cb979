import { binary } from '../scalar-expression.js'
import { elementwise } from './family.js'

export const notEqualOp = elementwise({
  name: 'notEqual',
  doc: 'Whether x differs from y (x ≠ y), elementwise; f32 or i24, operands broadcast. No gradient flows.',
  operands: ['number', 'number'],
  result: 'bool',
  value: (x, y) => Number(x !== y),
  scalar: (x, y) => binary('ne', x, y),
  partials: () => [null, null],
  domain: 'apart',
  laws: ['commutative'],
})
