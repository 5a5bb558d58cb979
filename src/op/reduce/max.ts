import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { Builder } from '../builder.js'
import { reduceCombinator } from './combinator.js'
import { reduction } from './family.js'

/** 1 where x is the largest element, else 0. */
const peaks = (b: Builder, x: Tensor, largest: Tensor, kept: Shape): Tensor =>
  b.toFloat(b.equal(x, b.broadcast(b.reshape(largest, kept), x.shape)))

export const maxOp = reduction({
  name: 'max',
  doc: 'The largest element over axes; over no element it is −∞. Equal largest elements share the gradient equally.',
  start: -Infinity,
  step: Math.max,
  combine: 'max',
  vjp: (b, { inputs: [x], output, kept, axes, cotangent }) => {
    if (x === undefined) return null
    const mask = peaks(b, x, output, kept)
    return b.mul(b.div(b.reshape(cotangent, kept), b.sum(mask, axes, true)), mask)
  },
  jvp: (b, { inputs: [x], output, kept, axes, keepDims, tangent }) => {
    if (x === undefined) return null
    const mask = peaks(b, x, output, kept)
    return b.div(b.sum(b.mul(tangent, mask), axes, keepDims), b.sum(mask, axes, keepDims))
  },
  laws: ['idempotent'],
  relative: 0,
  domain: 'apart',
})

/**
 * The largest element over axes; −∞ over no element.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const max = reduceCombinator(maxOp)
