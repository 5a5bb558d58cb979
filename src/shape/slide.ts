/**
 * Sliding taps along spatial axes: at how many places they fit, by padding, stride and dilation. Shared by
 * convolutions and pools.
 */
import type { Divide, Mod, Multiply } from 'ts-arithmetic'
import { fail, optionError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import type { AddSizes, IsLoose, SubtractSizes } from './size-arithmetic.js'
import type { Width } from './pad.js'

/** The last axes of a shape, as many as Counts has items, apart from those before. */
export type SplitLast<
  S extends Shape,
  Counts extends readonly unknown[],
  Last extends Shape = readonly [],
> = Counts extends readonly [unknown, ...infer Others]
  ? S extends readonly [...infer Front extends Shape, infer Size extends Dim]
    ? SplitLast<Front, Others, readonly [Size, ...Last]>
    : null
  : { readonly lead: S; readonly spatial: Last }

/** How taps slide along one axis. */
export interface Slide {
  /** Zeros before and after; a negative count crops. */
  readonly padding: Width
  /** From one place to the next. */
  readonly stride: number
  /** From one tap to the next. */
  readonly dilation: number
  /** From one element of x to the next, with zeros between; the padding comes after. */
  readonly inputDilation: number
}

/** Length that `count` elements span, `dilation` apart. */
export const extentOf = (count: number, dilation: number): number =>
  count === 0 ? 0 : (count - 1) * dilation + 1

const isStep = (step: number): boolean => Number.isInteger(step) && step >= 1

/** Places at which the taps fit, or null where they do not; a named axis must keep its size. */
export const slidSize = (size: Dim, taps: Dim, slide: Slide): Dim | null => {
  const { padding, stride, dilation, inputDilation } = slide
  if (typeof taps === 'string' || !padding.every(Number.isInteger)) return null
  if (![stride, dilation, inputDilation].every(isStep)) return null
  const growth = padding[0] + padding[1] - extentOf(taps, dilation)
  if (typeof size === 'string') return growth === -1 && stride === 1 && inputDilation === 1 ? size : null
  const room = extentOf(size, inputDilation) + growth
  return room >= -1 ? Math.floor(room / stride) + 1 : null
}

/** The padding after an axis with which the taps have exactly `places` places, the one before being given. */
export const paddingAfter = (
  places: number,
  size: number,
  taps: number,
  { padding: [before], stride, dilation, inputDilation }: Slide,
): number => {
  const room = places === 0 ? -1 : (places - 1) * stride
  return room + extentOf(taps, dilation) - extentOf(size, inputDilation) - before
}

/** How spatial axes are padded: pairs of zeros, or a rule over the taps. */
export type Padding = readonly Width[] | 'valid' | 'same' | 'causal'

/**
 * The zeros before and after each spatial axis for taps that span `extents`: none (`valid`); so many that there
 * is a place for every stride-th element, with the larger half after where the extent is even (`same`); or all
 * of those before (`causal`).
 */
export const paddingOf = (padding: Padding, extents: readonly number[]): readonly Width[] => {
  if (typeof padding !== 'string') return padding
  return extents.map((extent): Width => {
    const reach = extent - 1
    switch (padding) {
      case 'valid':
        return [0, 0]
      case 'causal':
        return [reach, 0]
      case 'same':
        return [Math.floor(reach / 2), Math.ceil(reach / 2)]
      default:
        return fail(
          optionError({
            where: 'padding',
            expected: "'valid', 'same', 'causal' or a pair of counts for each spatial axis",
            found: String(padding),
            hint: 'valid is no padding, the others keep the size at stride 1',
          }),
        )
    }
  })
}

/** A count for every spatial axis, or one for all. */
export type Steps = number | readonly number[]

/** The count of each of `rank` axes. */
export const stepsOf = (steps: Steps, rank: number): readonly number[] =>
  typeof steps === 'number' ? Array.from({ length: rank }, () => steps) : steps

/** The count of axis number I, an index of a tuple. */
export type StepAt<S extends Steps, I> = S extends number
  ? S
  : I extends keyof S
    ? S[I] extends number
      ? S[I]
      : number
    : number

/** Length that Count elements span, Dilation apart. */
export type Extent<Count, Dilation extends number> = Count extends number
  ? Dilation extends 1
    ? Count
    : true extends IsLoose<Count> | IsLoose<Dilation>
      ? number
      : AddSizes<Multiply<SubtractSizes<Count, 1>, Dilation>, 1>
  : number

/** floor(Room / Stride) + 1, the room left by the taps in the padded axis; negative where they do not fit. */
type Places<Room, Stride extends number> = Room extends number
  ? Stride extends 1
    ? AddSizes<Room, 1>
    : true extends IsLoose<Room> | IsLoose<Stride>
      ? number
      : `${Room}` extends `-${string}`
        ? AddSizes<Room, 1>
        : AddSizes<Divide<SubtractSizes<Room, Mod<Room, Stride>>, Stride>, 1>
  : number

/** Places of taps that span `Span` in an axis padded by W. */
export type Slid<Size, Span, W, Stride extends number> = W extends readonly [infer Before, infer After]
  ? Size extends number
    ? Places<SubtractSizes<AddSizes<AddSizes<Size, Before>, After>, Span>, Stride>
    : Size
  : Size

/** Places of `same` and `causal`: one for every stride-th element. */
export type EveryPlace<Size, Stride extends number> = Size extends number
  ? Stride extends 1
    ? Size
    : Places<SubtractSizes<Size, 1>, Stride>
  : Size

/** The pair of padding of axis number I. */
export type PadAt<P extends Padding, I> = P extends 'valid'
  ? readonly [0, 0]
  : I extends keyof P
    ? P[I]
    : Width

/** Sizes of the spatial axes after sliding. */
export type SlidAxes<
  Spatial extends Shape,
  Taps extends Shape,
  P extends Padding,
  Stride extends Steps,
  Dilation extends Steps,
> = {
  readonly [I in keyof Spatial]: P extends 'same' | 'causal'
    ? EveryPlace<Spatial[I], StepAt<Stride, I>>
    : Slid<
        Spatial[I],
        Extent<I extends keyof Taps ? Taps[I] : number, StepAt<Dilation, I>>,
        PadAt<P, I>,
        StepAt<Stride, I>
      >
}
