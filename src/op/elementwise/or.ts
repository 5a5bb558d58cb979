import { binary } from '../scalar-expression.js'
import { connective } from './combinator.js'
import { elementwise } from './family.js'

export const orOp = elementwise({
  name: 'or',
  doc: 'Whether one or both hold, elementwise; bools, operands broadcast. No gradient flows.',
  operands: ['bool', 'bool'],
  result: 'bool',
  value: (x, y) => Number(x !== 0 || y !== 0),
  scalar: (x, y) => binary('or', x, y),
  partials: () => [null, null],
  laws: ['commutative', 'idempotent'],
})

/**
 * `pipe(x, or(y))`: whether one or both hold, elementwise; shapes broadcast. A plain number is 0 or 1.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const or = connective(orOp)
