import type { Tensor } from '../../ir/tensor.js'
import { axesFromFront } from '../../shape/permute.js'
import type { Builder } from '../builder.js'
import { reduceCombinator } from './combinator.js'
import { reduction } from './family.js'

/** The product of all other elements over the axes, of the shape of x: no division, so that zeros may be among them. */
const productOfOthers = (b: Builder, x: Tensor, axes: readonly number[]): Tensor => {
  const [axis, ...more] = axesFromFront(axes, x.shape.length)
  if (axis === undefined) return b.onesLike(x)
  const along = (reverse: boolean): Tensor => b.cumprod(x, axis, { exclusive: true, reverse })
  const onAxis = b.mul(along(false), along(true))
  if (more.length === 0) return onAxis
  // The others on the same line, times the other lines.
  return b.mul(onAxis, productOfOthers(b, b.prod(x, [axis], true), more))
}

export const prodOp = reduction({
  name: 'prod',
  doc:
    'Product over axes; over no element it is 1. The derivative by an element is the product of the others, made of ' +
    'exclusive cumulative products from both ends: right with any zeros, and again in second derivatives.',
  start: 1,
  step: (total, x) => total * x,
  combine: 'product',
  vjp: (b, { inputs: [x], kept, axes, cotangent }) =>
    x === undefined ? null : b.mul(b.reshape(cotangent, kept), productOfOthers(b, x, axes)),
  jvp: (b, { inputs: [x], axes, keepDims, tangent }) =>
    x === undefined ? null : b.sum(b.mul(tangent, productOfOthers(b, x, axes)), axes, keepDims),
  laws: [],
  domain: 'any',
  samples: [
    { attrs: { axes: [0], keepDims: false }, inputs: [{ shape: [0, 'm'], dtype: 'f32', domain: 'any' }] },
  ],
})

/**
 * The product over axes; 1 over no element.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const prod = reduceCombinator(prodOp)
