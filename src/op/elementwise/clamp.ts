import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import { binary } from '../scalar-expression.js'
import { ternaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

/** Where the result is x, the lower and the upper bound; where x meets a bound, x. */
const derivatives = (b: Builder, x: Tensor, low: Tensor, high: Tensor): readonly Tensor[] => {
  const isInside = b.and(b.greaterEqual(x, low), b.lessEqual(x, high))
  const isHigh = b.or(b.greater(x, high), b.greater(low, high))
  const isLow = b.and(b.less(x, low), b.lessEqual(low, high))
  return [b.toFloat(isInside), b.toFloat(isLow), b.toFloat(isHigh)]
}

export const clampOp = elementwise({
  name: 'clamp',
  doc: 'min(max(x, low), high), elementwise; operands broadcast. Where low > high it is high. The gradient flows to what is the result; to x where x meets a bound (as in PyTorch).',
  operands: ['f32', 'f32', 'f32'],
  result: 'f32',
  value: (x, low, high) => Math.min(Math.max(x, low), high),
  scalar: (x, low, high) => binary('min', binary('max', x, low), high),
  partials: (b, [x, low, high]) =>
    x === undefined || low === undefined || high === undefined ? [] : derivatives(b, x, low, high),
  flops: 2,
  domain: 'apart',
  relative: 0,
})

/**
 * `pipe(x, clamp(low, high))`: x where it lies between the bounds, else the nearer bound, and high where low is above
 * it; all three broadcast.
 * @throws TraceFailure with a ShapeError where they do not.
 */
export const clamp = ternaryCombinator(clampOp)
