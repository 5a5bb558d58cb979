/** The two adjoints of a convolution, which are convolutions again: stride and input dilation change places. */
import type { Tensor } from '../../ir/tensor.js'
import type { ConvolutionAttributes } from '../../shape/convolution.js'
import { slidesOf, slidingBy } from '../../shape/convolution.js'
import type { Dim, Shape } from '../../shape/dim.js'
import type { Slide } from '../../shape/slide.js'
import { extentOf, paddingAfter } from '../../shape/slide.js'
import type { Builder } from '../builder.js'
import { pullKernelGathered } from './convolution-gathered.js'

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)
const isCounted = (dim: Dim | undefined): number => Number(dim)

/** A number of channels as groups of channels, group first; one group of named channels is possible. */
const grouped = (channels: Dim | undefined, groups: number): Shape =>
  groups === 1 ? [1, channels ?? 1] : [groups, isCounted(channels) / groups]

/** The kernel [...taps, inputs / groups, outputs] from outputs to inputs: taps reversed, channels of each group exchanged. */
export const transposedKernel = (
  b: Builder,
  kernel: Tensor,
  inputs: Dim | undefined,
  groups: number,
): Tensor => {
  const rank = kernel.shape.length - 2
  const taps = kernel.shape.slice(0, rank)
  const flipped = b.flip(kernel, upTo(rank))
  const split = b.reshape(flipped, [
    ...taps,
    kernel.shape[rank] ?? 1,
    ...grouped(kernel.shape[rank + 1], groups),
  ])
  const swapped = b.permute(split, [...upTo(rank), rank + 2, rank + 1, rank])
  return b.reshape(swapped, [...taps, swapped.shape[rank] ?? 1, inputs ?? 1])
}

/** The slide from places back to the `size` elements they were computed from. */
const slideBack = (slide: Slide, size: Dim, places: Dim, taps: number): Slide => {
  const reach = extentOf(taps, slide.dilation) - 1
  const [before, after] = slide.padding
  const back = {
    padding: [reach - before, reach - after] as const,
    stride: slide.inputDilation,
    dilation: slide.dilation,
    inputDilation: slide.stride,
  }
  return typeof size === 'number' && typeof places === 'number'
    ? { ...back, padding: [reach - before, paddingAfter(size, places, taps, back)] }
    : back
}

/** Cotangent of x: the cotangent of the result convolved with the transposed kernel, padded to x's size. */
export const pullX = (
  b: Builder,
  attrs: ConvolutionAttributes,
  x: Tensor,
  kernel: Tensor,
  cotangent: Tensor,
): Tensor => {
  const back = slidesOf(attrs).map((slide, i) =>
    slideBack(slide, x.shape[i + 1] ?? 0, cotangent.shape[i + 1] ?? 0, isCounted(kernel.shape[i])),
  )
  return b.convolution(
    slidingBy(back, attrs.groups),
    cotangent,
    transposedKernel(b, kernel, x.shape.at(-1), attrs.groups),
  )
}

/** The slide of the places' cotangents, as taps, over x: it stops at every tap of the kernel. */
const slideOver = (slide: Slide, size: Dim, places: Dim, taps: Dim): Slide => {
  const over = { ...slide, stride: slide.dilation, dilation: slide.stride }
  return typeof size === 'number' && typeof places === 'number'
    ? { ...over, padding: [slide.padding[0], paddingAfter(isCounted(taps), size, places, over)] }
    : over
}

/** Cotangent of the kernel: x slid along the cotangent of the result, with the batch summed as channels are. */
export const pullKernel = (
  b: Builder,
  attrs: ConvolutionAttributes,
  x: Tensor,
  kernel: Tensor,
  cotangent: Tensor,
): Tensor => {
  const { groups } = attrs
  const slides = slidesOf(attrs)
  const rank = slides.length
  const spatial = upTo(rank).map((axis) => axis + 1)
  const [batch = 1, ...rest] = x.shape
  const sizes = rest.slice(0, rank)
  // Named examples cannot stand among the channels of a group.
  if (groups !== 1 && typeof batch === 'string') return pullKernelGathered(b, attrs, x, kernel, cotangent)
  const split = b.reshape(x, [batch, ...sizes, ...grouped(rest[rank], groups)])
  const channelsFirst = b.permute(split, [rank + 2, ...spatial, rank + 1, 0])
  const merged = groups === 1 ? batch : groups * isCounted(batch)
  const images = b.reshape(channelsFirst, [channelsFirst.shape[0] ?? 1, ...sizes, merged])
  const taps = b.permute(cotangent, [...spatial, 0, rank + 1])
  const over = slides.map((slide, i) =>
    slideOver(slide, sizes[i] ?? 0, cotangent.shape[i + 1] ?? 0, kernel.shape[i] ?? 0),
  )
  return b.permute(b.convolution(slidingBy(over, groups), images, taps), [...spatial, 0, rank + 1])
}
