import { binary } from '../scalar-expression.js'
import { binaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const addOp = elementwise({
  name: 'add',
  doc: 'x + y, elementwise; operands broadcast.',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: (x, y) => x + y,
  scalar: (x, y) => binary('add', x, y),
  partials: (b) => [b.constant(1), b.constant(1)],
  laws: ['commutative', 'associative'],
})

/**
 * `pipe(x, add(y))`: x + y, elementwise; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const add = binaryCombinator(addOp)
