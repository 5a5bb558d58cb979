/** A convolution of many kernels as one contraction: every tap's input gathered first. */
import { fail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { ConvolutionAttributes } from '../../shape/convolution.js'
import { slidesOf } from '../../shape/convolution.js'
import { printShape } from '../../shape/dim.js'
import type { Slide } from '../../shape/slide.js'
import { extentOf, slidSize } from '../../shape/slide.js'
import type { Builder } from '../builder.js'
import { fromArray } from '../leaf/constant.js'

const letter = (i: number): string => String.fromCharCode(i < 26 ? 97 + i : 65 + i - 26)

/** For each place and tap of an axis where its input lies behind one zero; 0 where there is none. */
const sourceTable = (size: number, taps: number, slide: Slide): Tensor => {
  const { padding, stride, dilation, inputDilation } = slide
  const places = Number(slidSize(size, taps, slide))
  const source = (place: number, tap: number): number => {
    const from = place * stride + tap * dilation - padding[0]
    const isElement = from >= 0 && from < extentOf(size, inputDilation) && from % inputDilation === 0
    return isElement ? 1 + from / inputDilation : 0
  }
  const table = Float64Array.from({ length: places * taps }, (_, i) => source(Math.floor(i / taps), i % taps))
  return fromArray(table, [places, taps], 'i24')
}

/** x as [size?, batch, place, tap, place, tap, …, inputs]: an axis for the taps behind each spatial axis. */
const gatherTaps = (
  b: Builder,
  attrs: ConvolutionAttributes,
  x: Tensor,
  first: number,
  taps: readonly number[],
): Tensor =>
  slidesOf(attrs).reduceRight((gathered, slide, i) => {
    const [axis, size] = [first + i, x.shape[first + i]]
    const tap = taps[i] ?? 1
    if (typeof size !== 'number')
      return fail(
        shapeError({
          where: 'convolution',
          expected: 'spatial axes with sizes, to map the kernel over an axis that is a name',
          found: printShape(x.shape),
          hint: 'map once the named axes have sizes, or map over an axis whose size is a number',
        }),
      )
    const widths = gathered.shape.map((_, a) => [a === axis ? 1 : 0, 0] as const)
    return b.gather(b.pad(gathered, widths), sourceTable(size, tap, slide), axis)
  }, x)

/** The results for kernels [size, ...taps, inputs / groups, outputs], each with x or with its own x. */
export const convolveGathered = (
  b: Builder,
  attrs: ConvolutionAttributes,
  { x, isMapped }: { readonly x: Tensor; readonly isMapped: boolean },
  kernel: Tensor,
): Tensor => {
  const { groups, padding } = attrs
  const rank = padding.length
  const first = isMapped ? 2 : 1
  const [size = 1, ...own] = kernel.shape
  const [perGroup = 1, outputs = 1] = own.slice(rank)
  const width = groups === 1 ? outputs : Number(outputs) / groups
  const taps = own.slice(0, rank).map(Number)
  const gathered = gatherTaps(b, attrs, x, first, taps)
  const patches = b.reshape(gathered, [...gathered.shape.slice(0, -1), groups, perGroup])
  const split = b.reshape(kernel, [size, ...taps, perGroup, groups, width])
  const [each, batch, group, input, output] = [0, 1, 2, 3, 4].map(letter)
  const place = padding.map((_, i) => letter(5 + 2 * i))
  const tap = padding.map((_, i) => letter(6 + 2 * i))
  const from = `${isMapped ? each : ''}${batch}${place.map((p, i) => `${p}${tap[i]}`).join('')}${group}${input}`
  const pattern = `${from},${each}${tap.join('')}${input}${group}${output}->${each}${batch}${place.join('')}${group}${output}`
  const y = b.einsum(pattern, patches, split)
  return b.reshape(y, [...y.shape.slice(0, -2), outputs])
}
