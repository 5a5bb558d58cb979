/** The float64 meaning of a convolution: for every place and tap that meet inside x, the channels' products. */
import type { ConvolutionAttributes } from '../../shape/convolution.js'
import { slidesOf } from '../../shape/convolution.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import { extentOf } from '../../shape/slide.js'
import type { NdArray } from '../def.js'

/** Sums over the channels of one tap at one place: `to[o] += x[c] · k[c, o]`, group by group. */
const addChannels = (
  x: Float64Array,
  fromX: number,
  kernel: Float64Array,
  fromKernel: number,
  to: Float64Array,
  fromTo: number,
  channels: { readonly groups: number; readonly perGroup: number; readonly outputs: number },
): void => {
  const { groups, perGroup, outputs } = channels
  const width = outputs / groups
  for (let group = 0; group < groups; group++)
    for (let c = 0; c < perGroup; c++) {
      const factor = x[fromX + group * perGroup + c] ?? 0
      const row = fromKernel + c * outputs + group * width
      const place = fromTo + group * width
      for (let o = 0; o < width; o++) to[place + o] = (to[place + o] ?? 0) + factor * (kernel[row + o] ?? 0)
    }
}

/** The convolution's value. */
export const convolutionValues = (
  attrs: ConvolutionAttributes,
  x: NdArray,
  kernel: NdArray,
  output: readonly number[],
): NdArray => {
  const data = new Float64Array(sizeOf(output))
  const slides = slidesOf(attrs)
  const rank = slides.length
  const [xs, ks, to] = [stridesOf(x.shape), stridesOf(kernel.shape), stridesOf(output)]
  const channels = {
    groups: attrs.groups,
    perGroup: kernel.shape[rank] ?? 0,
    outputs: kernel.shape[rank + 1] ?? 0,
  }
  const slide = (axis: number, fromX: number, fromKernel: number, fromTo: number): void => {
    const along = slides[axis]
    if (along === undefined)
      return addChannels(x.data, fromX, kernel.data, fromKernel, data, fromTo, channels)
    const [size, places, taps] = [x.shape[axis + 1] ?? 0, output[axis + 1] ?? 0, kernel.shape[axis] ?? 0]
    const { padding, stride, dilation, inputDilation } = along
    const extent = extentOf(size, inputDilation)
    for (let i = 0; i < places; i++)
      for (let tap = 0; tap < taps; tap++) {
        const place = i * stride + tap * dilation - padding[0]
        if (place < 0 || place >= extent || place % inputDilation !== 0) continue
        slide(
          axis + 1,
          fromX + (place / inputDilation) * (xs[axis + 1] ?? 0),
          fromKernel + tap * (ks[axis] ?? 0),
          fromTo + i * (to[axis + 1] ?? 0),
        )
      }
  }
  for (let b = 0; b < (x.shape[0] ?? 0); b++) slide(0, b * (xs[0] ?? 0), 0, b * (to[0] ?? 0))
  return { shape: output, data }
}
