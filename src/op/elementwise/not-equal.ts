import { binary } from '../scalar-expression.js'
import { comparison } from './combinator.js'
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

/**
 * `pipe(x, notEqual(y))`: whether x ≠ y, elementwise; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not, or where dtypes differ.
 */
export const notEqual = comparison(notEqualOp)
