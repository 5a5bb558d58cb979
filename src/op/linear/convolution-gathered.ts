/**
 * A convolution as one contraction, every tap's input gathered first: where a name forbids to merge axes, so that many
 * kernels, or the examples of a batch, cannot become channels.
 */
import { fail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { ConvolutionAttributes } from '../../shape/convolution.js'
import { slidesOf } from '../../shape/convolution.js'
import type { Dim, Shape } from '../../shape/dim.js'
import { printShape } from '../../shape/dim.js'
import type { Slide } from '../../shape/slide.js'
import { extentOf, slidSize } from '../../shape/slide.js'
import type { Builder } from '../builder.js'
import { fromArray } from '../leaf/constant.js'

const letter = (i: number): string => String.fromCharCode(i < 26 ? 97 + i : 65 + i - 26)

const [EACH, BATCH, GROUP, INPUT, OUTPUT] = ['a', 'b', 'c', 'd', 'e']

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
          expected: 'spatial axes with sizes, where the batch or the axis mapped over is a name',
          found: printShape(x.shape),
          hint: 'map or differentiate once the named axes have sizes',
        }),
      )
    const widths = gathered.shape.map((_, a) => [a === axis ? 1 : 0, 0] as const)
    return b.gather(b.pad(gathered, widths), sourceTable(size, tap, slide), axis)
  }, x)

/** x as [size?, batch, place, tap, …, group, input], and the letters of its axes. */
const gatherPatches = (
  b: Builder,
  attrs: ConvolutionAttributes,
  { x, isMapped }: { readonly x: Tensor; readonly isMapped: boolean },
  own: Shape,
) => {
  const rank = attrs.padding.length
  const gathered = gatherTaps(b, attrs, x, isMapped ? 2 : 1, own.slice(0, rank).map(Number))
  const place = attrs.padding.map((_, i) => letter(5 + 2 * i))
  const tap = attrs.padding.map((_, i) => letter(6 + 2 * i))
  const between = place.map((p, i) => `${p}${tap[i] ?? ''}`).join('')
  return {
    patches: b.reshape(gathered, [...gathered.shape.slice(0, -1), attrs.groups, own[rank] ?? 1]),
    letters: `${isMapped ? EACH : ''}${BATCH}${between}${GROUP}${INPUT}`,
    place: place.join(''),
    tap: tap.join(''),
  }
}

/** Outputs of each group. */
const widthOf = (outputs: Dim, groups: number): Dim => (groups === 1 ? outputs : Number(outputs) / groups)

/** The results for kernels [size, ...taps, inputs / groups, outputs], each with x or with its own x. */
export const convolveGathered = (
  b: Builder,
  attrs: ConvolutionAttributes,
  x: { readonly x: Tensor; readonly isMapped: boolean },
  kernel: Tensor,
): Tensor => {
  const [size = 1, ...own] = kernel.shape
  const outputs = own.at(-1) ?? 1
  const { patches, letters, place, tap } = gatherPatches(b, attrs, x, own)
  const split = b.reshape(kernel, [size, ...own.slice(0, -1), attrs.groups, widthOf(outputs, attrs.groups)])
  const pattern = `${letters},${EACH}${tap}${INPUT}${GROUP}${OUTPUT}->${EACH}${BATCH}${place}${GROUP}${OUTPUT}`
  const y = b.einsum(pattern, patches, split)
  return b.reshape(y, [...y.shape.slice(0, -2), outputs])
}

/** Cotangent of the kernel, from x and the cotangent of the result. */
export const pullKernelGathered = (
  b: Builder,
  attrs: ConvolutionAttributes,
  x: Tensor,
  kernel: Tensor,
  cotangent: Tensor,
): Tensor => {
  const outputs = kernel.shape.at(-1) ?? 1
  const { patches, letters, place, tap } = gatherPatches(b, attrs, { x, isMapped: false }, kernel.shape)
  const split = b.reshape(cotangent, [
    ...cotangent.shape.slice(0, -1),
    attrs.groups,
    widthOf(outputs, attrs.groups),
  ])
  const pattern = `${letters},${BATCH}${place}${GROUP}${OUTPUT}->${tap}${INPUT}${GROUP}${OUTPUT}`
  return b.reshape(b.einsum(pattern, patches, split), kernel.shape)
}
