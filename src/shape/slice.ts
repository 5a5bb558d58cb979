/**
 * Slicing: elements start, start + step, … before `end` of each axis. A named axis is kept whole: its end is its
 * name.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { LtOrEq, Multiply } from 'ts-arithmetic'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AddSizes, AsShape, CeilDivide, IsLoose, IsOpen, SubtractSizes } from './size-arithmetic.js'

/** Where a slice begins, ends and how far it steps, one number an axis; no steps are steps of 1. */
export interface Ranges {
  readonly start: readonly number[]
  /** The first place beyond; -1 where a backward step is to reach element 0. */
  readonly end: Shape
  readonly step?: readonly number[]
}

/** The size a range of an axis has, or null where the range does not lie in it. */
const rangeSize = (
  size: Dim,
  start: number | undefined,
  end: Dim | undefined,
  step: number | undefined,
): Dim | null => {
  if (typeof size === 'string') return start === 0 && end === size && step === 1 ? size : null
  if (start === undefined || step === undefined || typeof end !== 'number') return null
  if (![start, end, step].every(Number.isInteger) || step === 0) return null
  const fits =
    step > 0 ? 0 <= start && start <= end && end <= size : -1 <= end && end <= start && start < size
  return fits ? Math.max(0, Math.ceil((end - start) / step)) : null
}

/** The shape of a slice. */
export const sliceShape = (
  where: string,
  from: Shape,
  { start, end, step = from.map(() => 1) }: Ranges,
): E.Either<TensorError, Shape> => {
  const sizes = from.map((size, axis) => rangeSize(size, start[axis], end[axis], step[axis]))
  const shape = sizes.filter((size): size is Dim => size !== null)
  const strides = step.some((count) => count !== 1) ? ` by [${step.join(', ')}]` : ''
  return [start, end, step, shape].every(({ length }) => length === from.length)
    ? E.right(shape)
    : E.left(
        shapeError({
          where,
          expected: `a range inside each axis of ${printShape(from)}`,
          found: `from [${start.join(', ')}] to [${end.join(', ')}]${strides}`,
          hint:
            '0 ≤ start ≤ end ≤ size on every axis, and -1 ≤ end ≤ start < size where the step is negative; ' +
            'a named axis is kept whole, from 0 to its name',
        }),
      )
}

/**
 * What is kept of an axis: the whole of it, or every `step`-th element (1 if unsaid) from `start` on before `end`.
 * As in NumPy a negative place counts from the end, a negative step goes backwards, and null is where such a
 * range begins or ends by itself: `[null, null, -1]` is the axis backwards.
 */
export type AxisRange =
  | 'all'
  | readonly [start: number | null, end: number | null]
  | readonly [start: number | null, end: number | null, step: number]

/** A range of one axis with its places counted from 0. */
const placesOf = (
  size: Dim,
  range: AxisRange,
): { readonly start: number; readonly end: Dim; readonly step: number } => {
  if (range === 'all') return { start: 0, end: size, step: 1 }
  const [start, end, step = 1] = range
  if (typeof size === 'string') return { start: start ?? 0, end: end ?? size, step }
  const place = (at: number): number => (at < 0 ? at + size : at)
  return {
    start: start === null ? (step < 0 ? size - 1 : 0) : place(start),
    end: end === null ? (step < 0 ? -1 : size) : place(end),
    step,
  }
}

/** Ranges given for the first axes as those of all; the others are kept whole. */
export const rangesOf = (from: Shape, ranges: readonly AxisRange[]): Ranges => {
  const all = [...ranges, ...from.slice(ranges.length).map((): AxisRange => 'all')].map((range, axis) =>
    placesOf(from[axis] ?? 0, range),
  )
  const step = all.map((range) => range.step)
  return {
    start: all.map((range) => range.start),
    end: all.map((range) => range.end),
    ...(step.every((count) => count === 1) ? {} : { step }),
  }
}

/** The step of a range as the type knows it. */
type StepOf<Range> = Range extends readonly [unknown, unknown, infer Step] ? Step : 1

type IsBackward<Step> = Step extends number ? (`${Step}` extends `-${string}` ? true : false) : false

/** A place counted from 0, or what stands for null. */
type Place<At, Size, Missing> = At extends number
  ? `${At}` extends `-${string}`
    ? AddSizes<Size, At>
    : At
  : Missing

/** Start and end counted from 0. */
type Places<Size, Range> = Range extends readonly [infer Start, infer End, ...(readonly unknown[])]
  ? IsBackward<StepOf<Range>> extends true
    ? readonly [Place<Start, Size, AddSizes<Size, -1>>, Place<End, Size, -1>]
    : readonly [Place<Start, Size, 0>, Place<End, Size, Size>]
  : readonly [0, Size]

type RangeSize<Size, Range> = Range extends 'all'
  ? Size
  : Size extends string
    ? Size
    : number extends StepOf<Range>
      ? number
      : Places<Size, Range> extends readonly [infer Start, infer End]
        ? IsBackward<StepOf<Range>> extends true
          ? CeilDivide<SubtractSizes<Start, End>, Negated<StepOf<Range>>>
          : CeilDivide<SubtractSizes<End, Start>, StepOf<Range>>
        : number

type Negated<Step> = Step extends number ? Multiply<Step, -1> : number

/** The type of a slice's shape. */
export type Sliced<From extends Shape, Each extends readonly AxisRange[]> = AsShape<{
  readonly [Axis in keyof From]: Axis extends keyof Each ? RangeSize<From[Axis], Each[Axis]> : From[Axis]
}>

/** Whether places counted from 0 lie in an axis, as far as that is known. */
type PlacesFit<Size, Bounds, Backward> = Bounds extends readonly [
  infer Start extends number,
  infer End extends number,
]
  ? true extends IsLoose<Start> | IsLoose<End>
    ? true
    : Size extends number
      ? (
          Backward extends true
            ? [LtOrEq<-1, End>, LtOrEq<End, Start>, LtOrEq<Start, AddSizes<Size, -1>>]
            : [LtOrEq<0, Start>, LtOrEq<Start, End>, LtOrEq<End, Size>]
        ) extends [1, 1, 1]
        ? true
        : false
      : false
  : true

/** Whether a range lies in an axis, as far as that is known. */
type RangeFits<Size, Range> = Range extends readonly [infer Start, infer End, ...(readonly unknown[])]
  ? StepOf<Range> extends 0
    ? false
    : true extends IsLoose<Size> | IsLoose<StepOf<Range>>
      ? true
      : Size extends string
        ? [Start, End, StepOf<Range>] extends [0 | null, null, 1]
          ? true
          : false
        : PlacesFit<Size, Places<Size, Range>, IsBackward<StepOf<Range>>>
  : true

type PrintRange<Range> = Range extends readonly [
  infer Start extends number | null,
  infer End extends number | null,
  ...infer Step extends readonly number[],
]
  ? `${Start} to ${End}${Step extends readonly [infer By extends number] ? ` by ${By}` : ''}`
  : 'all'

type RangesCheck<From extends Shape, Each extends readonly AxisRange[]> = Each extends readonly [
  infer Range,
  ...infer Others extends readonly AxisRange[],
]
  ? From extends readonly [infer Size extends Dim, ...infer Rest extends Shape]
    ? RangeFits<Size, Range> extends true
      ? RangesCheck<Rest, Others>
      : ShapeError<`slice: range ${PrintRange<Range>} does not lie in axis ${Size}`>
    : ShapeError<'slice: more ranges than axes'>
  : unknown

/** `unknown` where every range lies in its axis or can only be judged at run time. */
export type SliceCheck<From extends Shape, Each extends readonly AxisRange[]> =
  IsOpen<From> extends true ? unknown : RangesCheck<From, Each>
