import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { optionError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { InterpolateCheck, Interpolated } from '../../shape/interpolate.js'
import { interpolateShape } from '../../shape/interpolate.js'
import { alongLeadingAxes } from '../batching.js'
import type { Builder } from '../builder.js'
import type { Composite, NdArray } from '../def.js'
import { apply, apply1, defineComposite } from '../def.js'
import { fromArray } from '../leaf/constant.js'
import { oneOperand } from '../operands.js'
import { typedResult } from '../typed-result.js'
import { floatInput } from '../view/family.js'
import type { InterpolationMethod, Resize } from './resize-taps.js'
import { tapsOf } from './resize-taps.js'

export type InterpolateAttributes = {
  /** Sizes of the spatial axes of the result. */
  readonly sizes: Shape
  readonly method: InterpolationMethod
  readonly alignCorners: boolean
}

/** How each axis of a shape is resized; null leaves it as it is. */
const resizes = (
  { sizes, method, alignCorners }: InterpolateAttributes,
  x: Shape,
): readonly (Resize | null)[] => {
  const first = x.length - 1 - sizes.length
  return x.map((from, axis) => {
    const to = axis === x.length - 1 ? undefined : sizes[axis - first]
    return typeof from !== 'number' || typeof to !== 'number' || from === to
      ? null
      : { from, to, method, alignCorners }
  })
}

const letterOf = (axis: number): string => String.fromCharCode(axis < 26 ? 97 + axis : 65 - 26 + axis)

/** One axis resized: the taps of each new element gathered, and where there are several weighed and summed. */
const resizeAxis = (b: Builder, x: Tensor, axis: number, resize: Resize): Tensor => {
  const taps = Array.from({ length: resize.to }, (_, i) => tapsOf(resize, i))
  const count = taps[0]?.length ?? 1
  const table = (values: readonly number[], dtype: 'f32' | 'i24'): Tensor =>
    fromArray(Float64Array.from(values), count === 1 ? [resize.to] : [resize.to, count], dtype)
  const gathered = b.gather(
    x,
    table(
      taps.flatMap((tap) => tap.map(({ index }) => index)),
      'i24',
    ),
    axis,
  )
  if (count === 1) return gathered
  const weights = table(
    taps.flatMap((tap) => tap.map(({ weight }) => weight)),
    'f32',
  )
  const letters = gathered.shape.map((_, i) => letterOf(i))
  const own = letters.slice(axis, axis + 2).join('')
  return b.einsum(`${letters.join('')},${own}->${letters.toSpliced(axis + 1, 1).join('')}`, gathered, weights)
}

/** Every element as the sum over the products of its axes' taps. */
const interpolateValues = (attrs: InterpolateAttributes, x: NdArray, output: readonly number[]): NdArray => {
  const data = new Float64Array(sizeOf(output))
  const strides = stridesOf(x.shape)
  const axes = resizes(attrs, x.shape).map((resize, axis) =>
    Array.from({ length: output[axis] ?? 0 }, (_, i) =>
      resize === null ? [{ index: i, weight: 1 }] : tapsOf(resize, i),
    ),
  )
  let place = 0
  const sum = (axis: number, at: readonly number[], source: number): number =>
    axis === output.length
      ? (x.data[source] ?? Number.NaN)
      : (axes[axis]?.[at[axis] ?? 0] ?? []).reduce(
          (total, { index, weight }) =>
            total + weight * sum(axis + 1, at, source + index * (strides[axis] ?? 0)),
          0,
        )
  const walk = (axis: number, at: readonly number[]): void => {
    if (axis === output.length) {
      data[place++] = sum(0, at, 0)
      return
    }
    for (let i = 0; i < (output[axis] ?? 0); i++) walk(axis + 1, [...at, i])
  }
  walk(0, [])
  return { shape: output, data }
}

export const interpolateOp: Composite<InterpolateAttributes> = defineComposite<InterpolateAttributes>({
  name: 'interpolate',
  category: 'linear',
  doc:
    'The spatial axes of x [...lead, ...spatial, channels] resized one after the other, as in PyTorch: nearest takes element floor(i · from / to); ' +
    'linear mixes two neighbours, cubic four (a = −0.75), of the place (i + ½) · from / to − ½, or with alignCorners i · (from − 1) / (to − 1). ' +
    'Beyond an end its element is repeated. Nothing is smoothed before an axis shrinks.',
  attrs: t.readonly(
    t.strict({
      sizes: t.readonlyArray(t.union([t.number, t.string])),
      method: t.union([t.literal('nearest'), t.literal('linear'), t.literal('cubic')]),
      alignCorners: t.boolean,
    }),
  ),
  type: ({ sizes, method, alignCorners }, inputs) =>
    pipe(
      oneOperand('interpolate', 'f32', inputs),
      E.chain((x) => interpolateShape('interpolate', x.shape, sizes)),
      E.chain((shape) =>
        alignCorners && method === 'nearest'
          ? E.left(
              optionError({
                where: 'interpolate',
                expected: 'alignCorners with linear or cubic',
                found: "'nearest'",
                hint: 'the nearest element is taken without regard to corners; leave alignCorners out',
              }),
            )
          : E.right([{ shape, dtype: 'f32' as const }]),
      ),
    ),
  expand: (b, attrs, [x]) =>
    x === undefined
      ? []
      : [
          resizes(attrs, x.shape).reduce<Tensor>(
            (resized, resize, axis) => (resize === null ? resized : resizeAxis(b, resized, axis, resize)),
            b.identity(x),
          ),
        ],
  evaluate: (attrs, [x], [output = []]) => (x === undefined ? [] : [interpolateValues(attrs, x, output)]),
  vjp: 'expand',
  jvp: 'expand',
  batch: alongLeadingAxes((_, attrs, inputs) => apply(interpolateOp, attrs, inputs)),
  cost: (attrs, [x], [output]) => {
    const taps = { nearest: 0, linear: 2, cubic: 4 }[attrs.method]
    const count = resizes(attrs, x?.shape ?? []).filter((resize) => resize !== null).length
    return { flops: 2 * taps * count * sizeOf(output?.shape ?? []) }
  },
  samples: [
    { attrs: { sizes: [5], method: 'nearest', alignCorners: false }, inputs: [floatInput('n', 3, 'm')] },
    { attrs: { sizes: [2, 7], method: 'nearest', alignCorners: false }, inputs: [floatInput('n', 5, 3, 2)] },
    { attrs: { sizes: [3, 5], method: 'linear', alignCorners: false }, inputs: [floatInput(2, 4, 2, 'm')] },
    { attrs: { sizes: [1, 5, 2], method: 'linear', alignCorners: true }, inputs: [floatInput(3, 3, 2, 2)] },
    { attrs: { sizes: [6, 3], method: 'cubic', alignCorners: false }, inputs: [floatInput('n', 4, 5, 2)] },
    { attrs: { sizes: [3, 4], method: 'cubic', alignCorners: true }, inputs: [floatInput(1, 1, 3, 'm')] },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['linear'],
})

export interface InterpolateOptions<Sizes extends Shape> {
  /** The new sizes of the spatial axes; for a named axis its name. */
  readonly sizes: Sizes
  /** `linear` unless stated: bilinear for two axes. */
  readonly method?: InterpolationMethod
  /** Whether corner elements stay at the corners; false unless stated. Not for `nearest`. */
  readonly alignCorners?: boolean
}

/**
 * The spatial axes of x [...lead, ...spatial, channels], as many as there are sizes, resized as PyTorch's interpolate
 * does: `pipe(x, interpolate({ sizes: [32, 32], method: 'cubic' }))`.
 * @throws TraceFailure with a ShapeError where x lacks axes or one is empty, with an OptionError where corners are
 * aligned for the nearest element.
 */
export const interpolate =
  <const Sizes extends Shape>({
    sizes,
    method = 'linear',
    alignCorners = false,
  }: InterpolateOptions<Sizes>) =>
  <X extends Shape>(
    x: Tensor<X, 'f32'> & InterpolateCheck<X, Sizes>,
  ): Tensor<Interpolated<X, Sizes>, 'f32'> =>
    typedResult(apply1(interpolateOp, { sizes, method, alignCorners }, [x]))
