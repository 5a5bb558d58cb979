import { binary } from '../scalar-expression.js'
import { binaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const divOp = elementwise({
  name: 'div',
  doc: 'x / y, elementwise; operands broadcast. ∂/∂x = 1/y, ∂/∂y = −(x/y)/y.',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: (x, y) => x / y,
  scalar: (x, y) => binary('div', x, y),
  partials: (b, [, y], ratio) => (y === undefined ? [] : [b.div(b.constant(1), y), b.neg(b.div(ratio, y))]),
  domain: 'nonzero',
})

/**
 * `pipe(x, div(y))`: x / y, elementwise; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const div = binaryCombinator(divOp)
