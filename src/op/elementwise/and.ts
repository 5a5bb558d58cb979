import { binary } from '../scalar-expression.js'
import { connective } from './combinator.js'
import { elementwise } from './family.js'

export const andOp = elementwise({
  name: 'and',
  doc: 'Whether both hold, elementwise; bools, operands broadcast. No gradient flows.',
  operands: ['bool', 'bool'],
  result: 'bool',
  value: (x, y) => Number(x !== 0 && y !== 0),
  scalar: (x, y) => binary('and', x, y),
  partials: () => [null, null],
  laws: ['commutative', 'idempotent'],
})

/**
 * `pipe(x, and(y))`: whether both hold, elementwise; shapes broadcast. A plain number is 0 or 1.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const and = connective(andOp)
