import { binary } from '../scalar-expression.js'
import { binaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const mulOp = elementwise({
  name: 'mul',
  doc: 'x · y, elementwise; operands broadcast.',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: (x, y) => x * y,
  scalar: (x, y) => binary('mul', x, y),
  partials: (_, [x, y]) => [y ?? null, x ?? null],
  laws: ['bilinear', 'commutative', 'associative'],
})

/**
 * `pipe(x, mul(y))`: x · y, elementwise; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const mul = binaryCombinator(mulOp)
