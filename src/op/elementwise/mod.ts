import { binary } from '../scalar-expression.js'
import { binaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

/** The truncated remainder is exact in float64; it differs by y where the signs do. */
const flooredRemainder = (x: number, y: number): number => {
  const truncated = x % y
  return truncated !== 0 && truncated < 0 !== y < 0 ? truncated + y : truncated
}

export const modOp = elementwise({
  name: 'mod',
  doc: 'Floored remainder x − y floor(x / y), elementwise; operands broadcast. It has the sign of y (as in Python, NumPy and PyTorch); NaN for y = 0 or infinite x; for infinite y it is x, or y where the signs differ. ∂/∂x = 1, ∂/∂y = −floor(x / y).',
  operands: ['f32', 'f32'],
  result: 'f32',
  value: flooredRemainder,
  scalar: (x, y) => binary('mod', x, y),
  partials: (b, [x, y]) =>
    x === undefined || y === undefined ? [] : [b.onesLike(x), b.neg(b.floor(b.div(x, y)))],
  flops: 6,
  domains: ['fractional', 'power of two'],
  range: [
    [-1024, 1024],
    [0.0625, 1024],
  ],
})

/**
 * `pipe(x, mod(y))`: the floored remainder of x by y, elementwise, with the sign of y; shapes broadcast.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const mod = binaryCombinator(modOp)
