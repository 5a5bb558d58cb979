/**
 * The transpose of a convolution: x [batch, ...spatial, inputs] with a kernel [...taps, outputs / groups, inputs]
 * gives [batch, ...sizes, outputs], where along each spatial axis there are
 * (size − 1) · stride + (taps − 1) · dilation + 1 − before − after + outputPadding elements.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Multiply } from 'ts-arithmetic'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { Width } from './pad.js'
import type { ShapeError } from './shape-error.js'
import type {
  AddSizes,
  AsShape,
  DimsAgree,
  Divides,
  IsLoose,
  IsOpen,
  SubtractSizes,
} from './size-arithmetic.js'
import type { Extent, PadAt, Padding, Slide, StepAt, Steps } from './slide.js'
import { extentOf, paddingOf, slidSize, stepsOf } from './slide.js'

/** What a transposed convolution is besides its operands; lists have one item for each spatial axis. */
export type ConvolutionTransposeAttributes = {
  /** Padding of the convolution that this is the transpose of: so much is taken away. */
  readonly padding: readonly Width[]
  readonly groups: number
  readonly strides: readonly number[]
  readonly kernelDilation: readonly number[]
  /** More elements at the end, which a convolution with a stride does not reach. */
  readonly outputPadding: readonly number[]
}

/** What a user says of a transposed convolution. */
export interface TransposeOptions {
  readonly padding?: Padding
  readonly groups?: number
  readonly stride?: Steps
  readonly dilation?: Steps
  readonly outputPadding?: Steps
}

/** The attributes that a user's options mean for a kernel. */
export const transposeAttributes = (
  kernel: Shape,
  options: TransposeOptions,
): ConvolutionTransposeAttributes => {
  const taps = kernel.slice(0, -2).map(Number)
  const kernelDilation = stepsOf(options.dilation ?? 1, taps.length)
  const extents = taps.map((count, i) => extentOf(count, kernelDilation[i] ?? 1))
  return {
    padding: paddingOf(options.padding ?? 'valid', extents),
    groups: options.groups ?? 1,
    strides: stepsOf(options.stride ?? 1, taps.length),
    kernelDilation,
    outputPadding: stepsOf(options.outputPadding ?? 0, taps.length),
  }
}

/** How the reversed taps slide over the dilated x along each spatial axis. */
export const transposedSlides = (
  { padding, strides, kernelDilation, outputPadding }: ConvolutionTransposeAttributes,
  kernel: Shape,
): readonly Slide[] =>
  padding.map(([before, after], i) => {
    const dilation = kernelDilation[i] ?? 1
    const reach = extentOf(Number(kernel[i]), dilation) - 1
    return {
      padding: [reach - before, reach - after + (outputPadding[i] ?? 0)],
      stride: 1,
      dilation,
      inputDilation: strides[i] ?? 1,
    }
  })

/** All outputs, from those of a group; named ones are one group. */
const outputsOf = (perGroup: Dim, groups: number): Dim | null =>
  typeof perGroup === 'number' ? perGroup * groups : groups === 1 ? perGroup : null

const isSplit = (inputs: Dim, groups: number): boolean =>
  Number.isInteger(groups) &&
  groups >= 1 &&
  (groups === 1 || (typeof inputs === 'number' && inputs % groups === 0))

const isExtra = (extra: number, stride: number, dilation: number): boolean =>
  Number.isInteger(extra) && extra >= 0 && (extra === 0 || extra < Math.max(stride, dilation))

/** The shape of the result. */
export const convolutionTransposeShape = (
  where: string,
  x: Shape,
  kernel: Shape,
  attrs: ConvolutionTransposeAttributes,
): E.Either<TensorError, Shape> => {
  const { padding, groups, strides, kernelDilation, outputPadding } = attrs
  const found =
    `x ${printShape(x)}, kernel ${printShape(kernel)}, padding [${padding.map((pair) => `[${pair.join(', ')}]`).join(', ')}], ` +
    `groups ${groups}, strides [${strides.join(', ')}], dilations [${kernelDilation.join(', ')}], output padding [${outputPadding.join(', ')}]`
  const refuse = (expected: string, hint: string): E.Either<TensorError, never> =>
    E.left(shapeError({ where, expected, found, hint }))
  const rank = x.length - 2
  const [batch, inputs] = [x[0], x[x.length - 1]]
  const [perGroup, ofKernel] = kernel.slice(-2)
  if (
    rank < 1 ||
    kernel.length !== x.length ||
    batch === undefined ||
    inputs === undefined ||
    perGroup === undefined ||
    ofKernel === undefined
  )
    return refuse(
      'x [batch, ...spatial, inputs] and a kernel [...taps, outputs / groups, inputs]',
      'at least one spatial axis, one tap count for each',
    )
  if ([padding, strides, kernelDilation, outputPadding].some(({ length }) => length !== rank))
    return refuse(`padding and steps for ${rank} axes`, 'one for each spatial axis')
  if (inputs !== ofKernel)
    return refuse(
      `a kernel with ${inputs} inputs`,
      'the kernel is that of the convolution this transposes: what was its output is the input here',
    )
  const outputs = outputsOf(perGroup, groups)
  if (outputs === null || !isSplit(inputs, groups))
    return refuse('groups that divide the inputs', 'named channels are one group')
  if (!outputPadding.every((extra, i) => isExtra(extra, strides[i] ?? 1, kernelDilation[i] ?? 1)))
    return refuse(
      'an output padding below the stride or the dilation',
      'it chooses among the sizes that a convolution with this stride takes to the same one',
    )
  const spatial = transposedSlides(attrs, kernel).flatMap(
    (slide, i) => slidSize(x[i + 1] ?? 0, kernel[i] ?? 0, slide) ?? [],
  )
  return spatial.length === rank
    ? E.right([batch, ...spatial, outputs])
    : refuse(
        'steps that are whole and at least 1, and a padding that leaves something',
        'a named axis needs stride 1 and before + after = taps − 1',
      )
}

/** (Size − 1) · Stride + Span − Before − After + Extra */
type Spread<Size, Span, W, Stride extends number, Extra extends number> = W extends readonly [
  infer Before,
  infer After,
]
  ? Size extends number
    ? SubtractSizes<
        SubtractSizes<AddSizes<AddSizes<SubtractSizes<Extent<Size, Stride>, 1>, Span>, Extra>, Before>,
        After
      >
    : Size
  : Size

/** Sizes of the spatial axes of the result. */
export type SpreadAxes<
  Spatial extends Shape,
  Taps extends Shape,
  P extends Padding,
  Stride extends Steps,
  Dilation extends Steps,
  Extra extends Steps,
> = {
  readonly [I in keyof Spatial]: P extends 'same' | 'causal'
    ? Spread<Spatial[I], 1, readonly [0, 0], StepAt<Stride, I>, StepAt<Extra, I>>
    : Spread<
        Spatial[I],
        Extent<I extends keyof Taps ? Taps[I] : number, StepAt<Dilation, I>>,
        PadAt<P, I>,
        StepAt<Stride, I>,
        StepAt<Extra, I>
      >
}

type OutputsOf<PerGroup, Groups extends number> = Groups extends 1
  ? PerGroup
  : PerGroup extends number
    ? true extends IsLoose<PerGroup> | IsLoose<Groups>
      ? number
      : Multiply<PerGroup, Groups>
    : PerGroup

/** The type of the result's shape. */
export type ConvolvedTransposed<
  X extends Shape,
  K extends Shape,
  P extends Padding,
  Groups extends number,
  Stride extends Steps,
  Dilation extends Steps,
  Extra extends Steps,
> = X extends readonly [infer Batch, ...infer Spatial extends Shape, infer _Inputs]
  ? K extends readonly [...infer Taps extends Shape, infer PerGroup, infer _OfKernel]
    ? true extends IsOpen<X> | IsOpen<K>
      ? Shape
      : AsShape<
          readonly [
            Batch,
            ...AsShape<SpreadAxes<Spatial, Taps, P, Stride, Dilation, Extra>>,
            OutputsOf<PerGroup, Groups>,
          ]
        >
    : Shape
  : Shape

type GroupCheck<Inputs, Groups extends number> = true extends IsLoose<Inputs> | IsLoose<Groups>
  ? unknown
  : Groups extends 1
    ? unknown
    : Inputs extends number
      ? Divides<Groups, Inputs> extends true
        ? unknown
        : ShapeError<`convolutionTranspose: ${Inputs} inputs do not split into ${Groups} groups`>
      : unknown

type SizesCheck<Sizes extends Shape> = Sizes extends readonly [
  infer Size extends Dim,
  ...infer Rest extends Shape,
]
  ? `${Size}` extends `-${string}`
    ? ShapeError<`convolutionTranspose: the padding takes away more than there is, ${Size} elements are left`>
    : SizesCheck<Rest>
  : unknown

/** `unknown` where kernel, padding, groups and steps fit x or it can only be judged at run time. */
export type ConvolutionTransposeCheck<
  X extends Shape,
  K extends Shape,
  P extends Padding,
  Groups extends number,
  Stride extends Steps,
  Dilation extends Steps,
  Extra extends Steps,
> = true extends IsOpen<X> | IsOpen<K>
  ? unknown
  : X extends readonly [infer _Batch, ...infer Spatial extends Shape, infer Inputs]
    ? K extends readonly [...infer Taps extends Shape, infer _PerGroup, infer OfKernel]
      ? Taps['length'] extends Spatial['length']
        ? DimsAgree<Inputs, OfKernel> extends true
          ? GroupCheck<Inputs, Groups> &
              SizesCheck<AsShape<SpreadAxes<Spatial, Taps, P, Stride, Dilation, Extra>>>
          : ShapeError<`convolutionTranspose: x has ${Inputs & Dim} inputs, the kernel takes ${OfKernel & Dim}`>
        : ShapeError<`convolutionTranspose: a kernel with taps for ${Taps['length']} axes, x has ${Spatial['length']} spatial axes`>
      : ShapeError<'convolutionTranspose: a kernel is [...taps, outputs / groups, inputs]'>
    : ShapeError<'convolutionTranspose: x is [batch, ...spatial, inputs]'>
