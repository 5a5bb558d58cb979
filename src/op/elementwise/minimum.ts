import { binary } from '../scalar-expression.js'
import { binaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const minimumOp = elementwise({
  name: 'minimum',
  doc: 'The smaller of x and y, elementwise; operands broadcast. Where they are equal, each has half the gradient.',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: Math.min,
  scalar: (x, y) => binary('min', x, y),
  partials: (b, [x, y]) => {
    if (x === undefined || y === undefined) return []
    const tie = b.mul(b.constant(0.5), b.toFloat(b.equal(x, y)))
    return [b.add(b.toFloat(b.less(x, y)), tie), b.add(b.toFloat(b.less(y, x)), tie)]
  },
  domain: 'apart',
  relative: 0,
  laws: ['commutative', 'associative', 'idempotent'],
})

/**
 * `pipe(x, minimum(y))`: The smaller of x and y, elementwise; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const minimum = binaryCombinator(minimumOp)
