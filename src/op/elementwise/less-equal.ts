import { binary } from '../scalar-expression.js'
import { comparison } from './combinator.js'
import { elementwise } from './family.js'

export const lessEqualOp = elementwise({
  name: 'lessEqual',
  doc: 'Whether x is at most y (x ≤ y), elementwise; f32 or i24, operands broadcast. No gradient flows.',
  operands: ['number', 'number'],
  result: 'bool',
  value: (x, y) => Number(x <= y),
  scalar: (x, y) => binary('le', x, y),
  partials: () => [null, null],
  domain: 'apart',
})

/**
 * `pipe(x, lessEqual(y))`: whether x ≤ y, elementwise; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not, or where dtypes differ.
 */
export const lessEqual = comparison(lessEqualOp)
