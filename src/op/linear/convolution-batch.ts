/**
 * A convolution mapped over a new axis is a convolution again: of a larger batch, of more outputs, or of more
 * groups. Where a name forbids to merge axes, the axis becomes a spatial one with one tap, or the taps are gathered.
 */
import type { Tensor } from '../../ir/tensor.js'
import type { Dim } from '../../shape/dim.js'
import type { Slide } from '../../shape/slide.js'
import type { Builder } from '../builder.js'
import type { BatchSite } from '../def.js'
import type { ConvolutionAttributes } from '../../shape/convolution.js'
import { slidesOf, slidingBy } from '../../shape/convolution.js'
import { convolveGathered } from './convolution-gathered.js'

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)

/** Two axes as one, or null where a name stands in the way. */
const merged = (a: Dim, b: Dim): Dim | null => {
  if (typeof a === 'number' && typeof b === 'number') return a * b
  if (a === 1) return b
  return b === 1 ? a : null
}

/** One tap at every place. */
const STILL: Slide = { padding: [0, 0], stride: 1, dilation: 1, inputDilation: 1 }

/** x alone: more examples; or one more spatial axis, with one tap, for the batch of each. */
const mapX = (b: Builder, attrs: ConvolutionAttributes, x: Tensor, kernel: Tensor): Tensor => {
  const [size = 1, batch = 1, ...rest] = x.shape
  const both = merged(size, batch)
  if (both !== null) {
    const y = b.convolution(attrs, b.reshape(x, [both, ...rest]), kernel)
    return b.reshape(y, [size, batch, ...y.shape.slice(1)])
  }
  const slides = [STILL, ...slidesOf(attrs)]
  return b.convolution(slidingBy(slides, attrs.groups), x, b.reshape(kernel, [1, ...kernel.shape]))
}

/** The kernel alone: more outputs in each group. */
const mapKernel = (b: Builder, attrs: ConvolutionAttributes, x: Tensor, kernel: Tensor): Tensor | null => {
  const { groups } = attrs
  const rank = attrs.padding.length
  const [size = 1, ...own] = kernel.shape
  const taps = own.slice(0, rank)
  const [perGroup = 1, outputs = 1] = own.slice(rank)
  const all = merged(size, outputs)
  if (all === null) return null
  const width = groups === 1 ? outputs : Number(outputs) / groups
  const split = b.reshape(kernel, [size, ...taps, perGroup, groups, width])
  const moved = b.permute(split, [...upTo(rank + 2).map((axis) => axis + 1), 0, rank + 3])
  const y = b.convolution(attrs, x, b.reshape(moved, [...taps, perGroup, all]))
  const places = y.shape.slice(0, rank + 1)
  const apart = b.permute(b.reshape(y, [...places, groups, size, width]), [
    rank + 2,
    ...upTo(rank + 2),
    rank + 3,
  ])
  return b.reshape(apart, [size, ...places, outputs])
}

/** x and the kernel: more groups. */
const mapBoth = (b: Builder, attrs: ConvolutionAttributes, x: Tensor, kernel: Tensor): Tensor | null => {
  const rank = attrs.padding.length
  const [size = 1] = kernel.shape
  const [inputs = 1, outputs = 1] = [x.shape.at(-1), kernel.shape.at(-1)]
  const [channels, results] = [merged(size, inputs), merged(size, outputs)]
  // No group is no convolution.
  if (typeof size !== 'number' || size === 0 || channels === null || results === null) return null
  const order = [...upTo(rank + 1).map((axis) => axis + 1), 0, rank + 2]
  const wideX = b.permute(x, order)
  const wideKernel = b.permute(kernel, order)
  const y = b.convolution(
    { ...attrs, groups: size * attrs.groups },
    b.reshape(wideX, [...wideX.shape.slice(0, rank + 1), channels]),
    b.reshape(wideKernel, [...wideKernel.shape.slice(0, rank + 1), results]),
  )
  const apart = b.reshape(y, [...y.shape.slice(0, rank + 1), size, outputs])
  return b.permute(apart, [rank + 1, ...upTo(rank + 1), rank + 2])
}

export const convolutionBatch = (
  b: Builder,
  { attrs, inputs: [x, kernel], isMapped }: BatchSite<ConvolutionAttributes>,
): readonly Tensor[] => {
  if (x === undefined || kernel === undefined) return []
  if (isMapped[1] !== true) return [mapX(b, attrs, x, kernel)]
  const whole = isMapped[0] === true ? mapBoth(b, attrs, x, kernel) : mapKernel(b, attrs, x, kernel)
  return [whole ?? convolveGathered(b, attrs, { x, isMapped: isMapped[0] === true }, kernel)]
}
