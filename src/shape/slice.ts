/** Slicing: elements start ≤ i < end of each axis. A named axis is kept whole: its end is its name. */
import * as E from 'fp-ts/lib/Either.js'
import type { IsPositive, LtOrEq } from 'ts-arithmetic'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, IsLoose, IsOpen, SubtractSizes } from './size-arithmetic.js'

/** The size a range of an axis has, or null where the range does not lie in it. */
const rangeSize = (size: Dim, start: number | undefined, end: Dim | undefined): Dim | null => {
  if (start === undefined || end === undefined) return null
  if (typeof size === 'string') return start === 0 && end === size ? size : null
  const fits =
    typeof end === 'number' &&
    Number.isInteger(start) &&
    Number.isInteger(end) &&
    0 <= start &&
    start <= end &&
    end <= size
  return fits ? end - start : null
}

/** The shape of a slice. */
export const sliceShape = (
  where: string,
  from: Shape,
  start: readonly number[],
  end: Shape,
): E.Either<TensorError, Shape> => {
  const sizes = from.map((size, axis) => rangeSize(size, start[axis], end[axis]))
  const shape = sizes.filter((size): size is Dim => size !== null)
  return start.length === from.length && end.length === from.length && shape.length === from.length
    ? E.right(shape)
    : E.left(
        shapeError({
          where,
          expected: `a range inside each axis of ${printShape(from)}`,
          found: `from [${start.join(', ')}] to [${end.join(', ')}]`,
          hint: '0 ≤ start ≤ end ≤ size on every axis; a named axis is kept whole, from 0 to its name',
        }),
      )
}

/** What is kept of an axis: elements start ≤ i < end, or the whole of it. */
export type AxisRange = readonly [start: number, end: number] | 'all'

/** Starts and ends of ranges given for the first axes; the others are kept whole. */
export const rangesOf = (
  from: Shape,
  ranges: readonly AxisRange[],
): { readonly start: readonly number[]; readonly end: Shape } => {
  const all = [...ranges, ...from.slice(ranges.length).map((): AxisRange => 'all')]
  return {
    start: all.map((range) => (range === 'all' ? 0 : range[0])),
    end: all.map((range, axis) => (range === 'all' ? (from[axis] ?? 0) : range[1])),
  }
}

type RangeSize<Size, Range> = Range extends readonly [infer Start, infer End]
  ? SubtractSizes<End, Start>
  : Size

/** The type of a slice's shape. */
export type Sliced<From extends Shape, Ranges extends readonly AxisRange[]> = AsShape<{
  readonly [Axis in keyof From]: Axis extends keyof Ranges ? RangeSize<From[Axis], Ranges[Axis]> : From[Axis]
}>

/** Whether a range lies in an axis, as far as that is known. */
type RangeFits<Size, Range> = Range extends readonly [infer Start extends number, infer End extends number]
  ? true extends IsLoose<Size> | IsLoose<Start> | IsLoose<End>
    ? true
    : Size extends number
      ? [IsPositive<Start>, LtOrEq<Start, End>, LtOrEq<End, Size>] extends [1, 1, 1]
        ? true
        : false
      : false
  : true

type RangesCheck<From extends Shape, Ranges extends readonly AxisRange[]> = Ranges extends readonly [
  infer Range,
  ...infer Others extends readonly AxisRange[],
]
  ? From extends readonly [infer Size extends Dim, ...infer Rest extends Shape]
    ? RangeFits<Size, Range> extends true
      ? RangesCheck<Rest, Others>
      : Range extends readonly [infer Start extends number, infer End extends number]
        ? ShapeError<`slice: range ${Start} to ${End} does not lie in axis ${Size}`>
        : unknown
    : ShapeError<'slice: more ranges than axes'>
  : unknown

/** `unknown` where every range lies in its axis or can only be judged at run time. */
export type SliceCheck<From extends Shape, Ranges extends readonly AxisRange[]> =
  IsOpen<From> extends true ? unknown : RangesCheck<From, Ranges>
