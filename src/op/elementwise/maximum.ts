import { binary } from '../scalar-expression.js'
import { binaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const maximumOp = elementwise({
  name: 'maximum',
  doc: 'The greater of x and y, elementwise; operands broadcast. Where they are equal, each has half the gradient.',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: Math.max,
  scalar: (x, y) => binary('max', x, y),
  partials: (b, [x, y]) => {
    if (x === undefined || y === undefined) return []
    const tie = b.mul(b.constant(0.5), b.toFloat(b.equal(x, y)))
    return [b.add(b.toFloat(b.greater(x, y)), tie), b.add(b.toFloat(b.greater(y, x)), tie)]
  },
  domain: 'apart',
  relative: 0,
  laws: ['commutative', 'associative', 'idempotent'],
})

/**
 * `pipe(x, maximum(y))`: The greater of x and y, elementwise; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const maximum = binaryCombinator(maximumOp)
