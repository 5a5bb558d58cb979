/**
 * Convolution over N spatial axes, channels last: x [batch, ...spatial, inputs] with a kernel
 * [...taps, inputs / groups, outputs] gives [batch, ...spatial + before + after − taps + 1, outputs].
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Multiply } from 'ts-arithmetic'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
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
import type { Width } from './pad.js'

/** Positions at which the taps fit; a named axis must keep its size. */
const slideSize = (size: Dim, taps: Dim, [before, after]: Width): Dim | null => {
  if (typeof taps === 'string' || !Number.isInteger(before) || !Number.isInteger(after)) return null
  const growth = before + after - taps + 1
  if (typeof size === 'string') return growth === 0 ? size : null
  return size + growth >= 0 ? size + growth : null
}

/** Whether `count` channels fall into equal groups; named channels only into one. */
const splits = (count: Dim, groups: number): boolean =>
  typeof count === 'number' ? count % groups === 0 : groups === 1

/** The shape of the result. */
export const convolutionShape = (
  where: string,
  x: Shape,
  kernel: Shape,
  padding: readonly Width[],
  groups: number,
): E.Either<TensorError, Shape> => {
  const found = `x ${printShape(x)}, kernel ${printShape(kernel)}, padding [${padding.map((p) => `[${p.join(', ')}]`).join(', ')}], groups ${groups}`
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
  const spatial = padding.flatMap((width, i) => slideSize(x[i + 1] ?? 0, kernel[i] ?? 0, width) ?? [])
  return spatial.length === rank
    ? E.right([batch, ...spatial, outputs])
    : refuse(
        'taps that fit into the padded spatial axes',
        'pad more, or use fewer taps; a named axis needs before + after = taps − 1',
      )
}

/** How spatial axes are padded: pairs of zeros, or a rule over the taps. */
export type Padding = readonly Width[] | 'valid' | 'same' | 'causal'

/**
 * The zeros before and after each spatial axis: none (`valid`); so many that the size stays, with the
 * larger half after where taps are even (`same`); or all of those before (`causal`).
 */
export const paddingOf = (padding: Padding, kernel: Shape): readonly Width[] =>
  typeof padding === 'string'
    ? kernel.slice(0, -2).map((taps): Width => {
        const reach = Number(taps) - 1
        if (padding === 'valid') return [0, 0]
        return padding === 'causal' ? [reach, 0] : [Math.floor(reach / 2), Math.ceil(reach / 2)]
      })
    : padding

type Slid<Size, Taps, W> = W extends readonly [infer Before, infer After]
  ? Size extends number
    ? AddSizes<SubtractSizes<AddSizes<AddSizes<Size, Before>, After>, Taps>, 1>
    : Size
  : Size

/** Sizes of the spatial axes after sliding. */
type SlidAxes<Spatial extends Shape, Taps extends Shape, P extends Padding> = P extends 'same' | 'causal'
  ? Spatial
  : {
      readonly [I in keyof Spatial]: Slid<
        Spatial[I],
        I extends keyof Taps ? Taps[I] : number,
        P extends 'valid' ? readonly [0, 0] : I extends keyof P ? P[I] : Width
      >
    }

/** The type of the result's shape. */
export type Convolved<X extends Shape, K extends Shape, P extends Padding> = X extends readonly [
  infer Batch,
  ...infer Spatial extends Shape,
  infer _Inputs,
]
  ? K extends readonly [...infer Taps extends Shape, infer _PerGroup, infer Outputs]
    ? true extends IsOpen<X> | IsOpen<K>
      ? Shape
      : AsShape<readonly [Batch, ...AsShape<SlidAxes<Spatial, Taps, P>>, Outputs]>
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

type AxesFit<
  Spatial extends Shape,
  Taps extends Shape,
  P extends Padding,
> = Taps['length'] extends Spatial['length']
  ? SpatialCheck<AsShape<SlidAxes<Spatial, Taps, P>>, Taps> & PairsCheck<Spatial, P>
  : ShapeError<`convolution: a kernel with taps for ${Taps['length']} axes, x has ${Spatial['length']} spatial axes`>

/** `unknown` where kernel, padding and groups fit x or it can only be judged at run time. */
export type ConvolutionCheck<
  X extends Shape,
  K extends Shape,
  P extends Padding,
  Groups extends number,
> = true extends IsOpen<X> | IsOpen<K>
  ? unknown
  : X extends readonly [infer _Batch, ...infer Spatial extends Shape, infer Inputs]
    ? K extends readonly [...infer Taps extends Shape, infer PerGroup, infer Outputs]
      ? ChannelCheck<Inputs, PerGroup, Groups> & OutputCheck<Outputs, Groups> & AxesFit<Spatial, Taps, P>
      : ShapeError<'convolution: a kernel is [...taps, inputs / groups, outputs]'>
    : ShapeError<'convolution: x is [batch, ...spatial, inputs]'>
