/**
 * Convolution over N spatial axes, channels last: x [batch, ...spatial, inputs] with a kernel
 * [...taps, inputs / groups, outputs] gives [batch, ...places, outputs], where along each spatial axis there are
 * floor((size + before + after − (taps − 1) · dilation − 1) / stride) + 1 places.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Multiply } from 'ts-arithmetic'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, DimsAgree, Divides, IsLoose, IsOpen } from './size-arithmetic.js'
import type { Padding, SlidAxes, Slide, Steps } from './slide.js'
import { extentOf, paddingOf, slidSize, stepsOf } from './slide.js'
import type { Width } from './pad.js'

/** What a convolution is besides its operands. A list of steps that is absent is all ones. */
export type ConvolutionAttributes = {
  /** Zeros before and after each spatial axis; a negative count crops. */
  readonly padding: readonly Width[]
  readonly groups: number
  /** From one place to the next along each spatial axis. */
  readonly strides?: readonly number[]
  /** From one tap to the next. */
  readonly kernelDilation?: readonly number[]
  /** From one element of x to the next: zeros come between, and the padding around those. */
  readonly inputDilation?: readonly number[]
}

/** How the taps slide along each spatial axis. */
export const slidesOf = (attrs: ConvolutionAttributes): readonly Slide[] =>
  attrs.padding.map((padding, i) => ({
    padding,
    stride: attrs.strides?.[i] ?? 1,
    dilation: attrs.kernelDilation?.[i] ?? 1,
    inputDilation: attrs.inputDilation?.[i] ?? 1,
  }))

const someStep = (steps: readonly number[]): readonly number[] | null =>
  steps.some((step) => step !== 1) ? steps : null

/** The attributes of a convolution that slides so; steps of one are left out. */
export const slidingBy = (slides: readonly Slide[], groups: number): ConvolutionAttributes => {
  const strides = someStep(slides.map(({ stride }) => stride))
  const kernelDilation = someStep(slides.map(({ dilation }) => dilation))
  const inputDilation = someStep(slides.map((slide) => slide.inputDilation))
  return {
    padding: slides.map(({ padding }) => padding),
    groups,
    ...(strides === null ? {} : { strides }),
    ...(kernelDilation === null ? {} : { kernelDilation }),
    ...(inputDilation === null ? {} : { inputDilation }),
  }
}

/** What a user says of a convolution. */
interface Options {
  readonly padding?: Padding
  readonly groups?: number
  readonly stride?: Steps
  readonly dilation?: Steps
}

/** The attributes that a user's options mean for a kernel. */
export const convolutionAttributes = (kernel: Shape, options: Options): ConvolutionAttributes => {
  const taps = kernel.slice(0, -2).map(Number)
  const dilations = stepsOf(options.dilation ?? 1, taps.length)
  const extents = taps.map((count, i) => extentOf(count, dilations[i] ?? 1))
  const strides = someStep(stepsOf(options.stride ?? 1, taps.length))
  const kernelDilation = someStep(dilations)
  return {
    padding: paddingOf(options.padding ?? 'valid', extents),
    groups: options.groups ?? 1,
    ...(strides === null ? {} : { strides }),
    ...(kernelDilation === null ? {} : { kernelDilation }),
  }
}

const printSteps = (name: string, steps: readonly number[] | undefined): string =>
  steps === undefined ? '' : `, ${name} [${steps.join(', ')}]`

const printAttributes = (attrs: ConvolutionAttributes): string =>
  `padding [${attrs.padding.map((pair) => `[${pair.join(', ')}]`).join(', ')}], groups ${attrs.groups}` +
  printSteps('strides', attrs.strides) +
  printSteps('kernel dilation', attrs.kernelDilation) +
  printSteps('input dilation', attrs.inputDilation)

const isStepList = (steps: readonly number[] | undefined, rank: number): boolean =>
  steps === undefined || (steps.length === rank && steps.every((step) => Number.isInteger(step) && step >= 1))

/** Whether `count` channels fall into equal groups; named channels only into one. */
const splits = (count: Dim, groups: number): boolean =>
  typeof count === 'number' ? count % groups === 0 : groups === 1

/** The shape of the result. */
export const convolutionShape = (
  where: string,
  x: Shape,
  kernel: Shape,
  attrs: ConvolutionAttributes,
): E.Either<TensorError, Shape> => {
  const { padding, groups } = attrs
  const found = `x ${printShape(x)}, kernel ${printShape(kernel)}, ${printAttributes(attrs)}`
  const refuse = (expected: string, hint: string): E.Either<TensorError, never> =>
    E.left(shapeError({ where, expected, found, hint }))
  const rank = x.length - 2
  const [batch, inputs] = [x[0], x[x.length - 1]]
  const [perGroup, outputs] = kernel.slice(-2)
  if (
    rank < 1 ||
    kernel.length !== x.length ||
    batch === undefined ||
    inputs === undefined ||
    perGroup === undefined ||
    outputs === undefined
  )
    return refuse(
      'x [batch, ...spatial, inputs] and a kernel [...taps, inputs / groups, outputs]',
      'at least one spatial axis, one tap count for each',
    )
  if (padding.length !== rank)
    return refuse(`${rank} pairs of padding`, 'one pair [before, after] for each spatial axis')
  if (![attrs.strides, attrs.kernelDilation, attrs.inputDilation].every((steps) => isStepList(steps, rank)))
    return refuse('strides and dilations that are whole and at least 1', 'one for each spatial axis')
  if (!Number.isInteger(groups) || groups < 1 || !splits(inputs, groups) || !splits(outputs, groups))
    return refuse(
      'groups that divide inputs and outputs',
      'groups = inputs = outputs makes a depthwise convolution',
    )
  if (typeof inputs === 'number' ? perGroup !== inputs / groups : perGroup !== inputs)
    return refuse(
      `a kernel with ${typeof inputs === 'number' ? inputs / groups : inputs} inputs a group`,
      'the last axis but one of the kernel is inputs / groups',
    )
  const spatial = slidesOf(attrs).flatMap((slide, i) => slidSize(x[i + 1] ?? 0, kernel[i] ?? 0, slide) ?? [])
  return spatial.length === rank
    ? E.right([batch, ...spatial, outputs])
    : refuse(
        'taps that fit into the padded spatial axes',
        'pad more, or use fewer taps; a named axis needs stride 1 and before + after = taps − 1',
      )
}

/** The type of the result's shape. */
export type Convolved<
  X extends Shape,
  K extends Shape,
  P extends Padding,
  Stride extends Steps = 1,
  Dilation extends Steps = 1,
> = X extends readonly [infer Batch, ...infer Spatial extends Shape, infer _Inputs]
  ? K extends readonly [...infer Taps extends Shape, infer _PerGroup, infer Outputs]
    ? true extends IsOpen<X> | IsOpen<K>
      ? Shape
      : AsShape<readonly [Batch, ...AsShape<SlidAxes<Spatial, Taps, P, Stride, Dilation>>, Outputs]>
    : Shape
  : Shape

type SpatialCheck<Sizes extends Shape, Taps extends Shape> = Sizes extends readonly [
  infer Size extends Dim,
  ...infer Rest extends Shape,
]
  ? Taps extends readonly [infer Tap extends Dim, ...infer Others extends Shape]
    ? `${Size}` extends `-${string}`
      ? ShapeError<`convolution: ${Tap} taps do not fit into the padded axis`>
      : SpatialCheck<Rest, Others>
    : unknown
  : unknown

type ChannelCheck<Inputs, PerGroup, Groups extends number> = true extends
  IsLoose<Inputs> | IsLoose<PerGroup> | IsLoose<Groups>
  ? unknown
  : Groups extends 1
    ? DimsAgree<Inputs, PerGroup> extends true
      ? unknown
      : ShapeError<`convolution: x has ${Inputs & Dim} inputs, the kernel takes ${PerGroup & Dim}`>
    : PerGroup extends number
      ? Inputs extends Multiply<PerGroup, Groups>
        ? unknown
        : ShapeError<`convolution: x has ${Inputs & Dim} inputs, the kernel takes ${PerGroup} in each of ${Groups} groups`>
      : ShapeError<`convolution: named channels ${PerGroup & Dim} cannot be split into groups`>

type OutputCheck<Outputs, Groups extends number> = true extends IsLoose<Outputs> | IsLoose<Groups>
  ? unknown
  : Groups extends 1
    ? unknown
    : Outputs extends number
      ? Divides<Groups, Outputs> extends true
        ? unknown
        : ShapeError<`convolution: ${Outputs} outputs do not split into ${Groups} groups`>
      : unknown

type PairsCheck<Spatial extends Shape, P extends Padding> = P extends string
  ? unknown
  : number extends P['length']
    ? unknown
    : P['length'] extends Spatial['length']
      ? unknown
      : ShapeError<`convolution: ${P['length'] & number} pairs of padding for ${Spatial['length']} spatial axes`>

type StepsCheck<Name extends string, Spatial extends Shape, S extends Steps> = S extends readonly number[]
  ? number extends S['length']
    ? unknown
    : S['length'] extends Spatial['length']
      ? unknown
      : ShapeError<`convolution: ${S['length'] & number} ${Name} for ${Spatial['length']} spatial axes`>
  : unknown

type AxesFit<
  Spatial extends Shape,
  Taps extends Shape,
  P extends Padding,
  Stride extends Steps,
  Dilation extends Steps,
> = Taps['length'] extends Spatial['length']
  ? SpatialCheck<AsShape<SlidAxes<Spatial, Taps, P, Stride, Dilation>>, Taps> &
      PairsCheck<Spatial, P> &
      StepsCheck<'strides', Spatial, Stride> &
      StepsCheck<'dilations', Spatial, Dilation>
  : ShapeError<`convolution: a kernel with taps for ${Taps['length']} axes, x has ${Spatial['length']} spatial axes`>

/** `unknown` where kernel, padding, groups and steps fit x or it can only be judged at run time. */
export type ConvolutionCheck<
  X extends Shape,
  K extends Shape,
  P extends Padding,
  Groups extends number,
  Stride extends Steps = 1,
  Dilation extends Steps = 1,
> = true extends IsOpen<X> | IsOpen<K>
  ? unknown
  : X extends readonly [infer _Batch, ...infer Spatial extends Shape, infer Inputs]
    ? K extends readonly [...infer Taps extends Shape, infer PerGroup, infer Outputs]
      ? ChannelCheck<Inputs, PerGroup, Groups> &
          OutputCheck<Outputs, Groups> &
          AxesFit<Spatial, Taps, P, Stride, Dilation>
      : ShapeError<'convolution: a kernel is [...taps, inputs / groups, outputs]'>
    : ShapeError<'convolution: x is [batch, ...spatial, inputs]'>
