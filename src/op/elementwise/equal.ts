import { binary } from '../scalar-expression.js'
import { comparison } from './combinator.js'
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

/**
 * `pipe(x, equal(y))`: whether x = y, elementwise; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not, or where dtypes differ.
 */
export const equal = comparison(equalOp)
