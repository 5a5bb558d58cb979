/**
 * Rows chosen by indices. Gathering replaces the axis of the rows by the axes of the indices; scattering turns
 * these back into one axis. The first `batchAxes` axes are shared: each place along them has its own indices.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape, sameShape, sizeOf } from './dim.js'
import type { ShapesAgree } from './last-axis.js'
import type { ShapeError } from './shape-error.js'
import type {
  AsShape,
  DimsAgree,
  FrontAxis,
  HasAxis,
  IsLoose,
  IsOpen,
  PrintDims,
  ReplaceAxis,
} from './size-arithmetic.js'

/** How indices choose rows; `axis` counts from 0 and lies behind the batch axes. */
export interface Choice {
  readonly axis: number
  readonly batchAxes: number
}

const refuse = (where: string, expected: string, found: string, hint: string): E.Either<TensorError, never> =>
  E.left(shapeError({ where, expected, found, hint }))

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0

/** The shape of the gathered rows. */
export const gatherShape = (
  where: string,
  from: Shape,
  indices: Shape,
  { axis, batchAxes }: Choice,
): E.Either<TensorError, Shape> => {
  if (!isCount(axis) || axis >= from.length)
    return refuse(
      where,
      from.length === 0 ? 'a tensor with an axis' : `an axis from 0 to ${from.length - 1}`,
      `axis ${axis} of ${printShape(from)}`,
      'an axis counts from 0, or from -1 at the end',
    )
  if (!isCount(batchAxes) || batchAxes > Math.min(axis, indices.length))
    return refuse(
      where,
      `at most ${Math.min(axis, indices.length)} batch axes before axis ${axis}`,
      `${batchAxes}`,
      'batch axes lead in both operands',
    )
  if (!sameShape(from.slice(0, batchAxes), indices.slice(0, batchAxes)))
    return refuse(
      where,
      `indices that begin with ${printShape(from.slice(0, batchAxes))}`,
      printShape(indices),
      'each place along the batch axes has its own indices',
    )
  return E.right([...from.slice(0, axis), ...indices.slice(batchAxes), ...from.slice(axis + 1)])
}

/** An empty axis has no nearest row: then there may be no index either. */
export const checkRows = (
  where: string,
  rows: Dim | undefined,
  indices: Shape,
): E.Either<TensorError, null> =>
  rows === 0 && sizeOf(indices) !== 0
    ? refuse(
        where,
        'an axis with a row',
        `0 rows for indices ${printShape(indices)}`,
        'there is no nearest row',
      )
    : E.right(null)

/** The shape that rows are scattered into: where `updates` have the axes of the indices, an axis of `size`. */
export const scatterShape = (
  where: string,
  updates: Shape,
  indices: Shape,
  { axis, batchAxes, size }: Choice & { readonly size: Dim },
): E.Either<TensorError, Shape> => {
  const places = indices.slice(batchAxes)
  const fits =
    isCount(axis) &&
    isCount(batchAxes) &&
    batchAxes <= axis &&
    batchAxes <= indices.length &&
    sameShape(updates.slice(0, batchAxes), indices.slice(0, batchAxes)) &&
    sameShape(updates.slice(axis, axis + places.length), places)
  if (!fits)
    return refuse(
      where,
      `updates with axes ${printShape(places)} at ${axis}, behind ${printShape(indices.slice(0, batchAxes))}`,
      printShape(updates),
      'updates have the shape of what gather reads by the same indices',
    )
  if (typeof size === 'number' && !isCount(size))
    return refuse(
      where,
      'a whole number of places',
      `${size}`,
      'give the size of the axis that is added into',
    )
  return E.right([...updates.slice(0, axis), size, ...updates.slice(axis + places.length)])
}

/** The type of the gathered rows' shape. */
export type Gathered<From extends Shape, Indices extends Shape, Axis extends number> = true extends
  IsOpen<From> | IsOpen<Indices> | IsLoose<Axis>
  ? Shape
  : AsShape<ReplaceAxis<From, FrontAxis<Axis, From>, Indices>>

/** `unknown` where the axis exists or it can only be judged at run time. */
export type AxisCheck<Where extends string, From extends Shape, Axis extends number> = true extends
  IsOpen<From> | IsLoose<Axis>
  ? unknown
  : HasAxis<From, FrontAxis<Axis, From>> extends true
    ? unknown
    : ShapeError<`${Where}: [${PrintDims<From>}] has no axis ${Axis}`>

/** `unknown` where the axis exists or it can only be judged at run time. */
export type GatherCheck<From extends Shape, Axis extends number> = AxisCheck<'gather', From, Axis>

type DimAt<S extends Shape, Axis extends number> = S[FrontAxis<Axis, S>] extends infer D extends Dim ? D : Dim

/** The type of the shape of elements taken along an axis. */
export type TakenAlong<From extends Shape, Indices extends Shape, Axis extends number> = Gathered<
  From,
  true extends IsOpen<From> | IsOpen<Indices> | IsLoose<Axis> ? Shape : readonly [DimAt<Indices, Axis>],
  Axis
>

/** `unknown` where the indices have the shape of x but for the axis taken along. */
export type TakeAlongCheck<From extends Shape, Indices extends Shape, Axis extends number> = true extends
  IsOpen<From> | IsOpen<Indices> | IsLoose<Axis>
  ? unknown
  : HasAxis<From, FrontAxis<Axis, From>> extends true
    ? ShapesAgree<
        AsShape<ReplaceAxis<From, FrontAxis<Axis, From>, readonly [1]>>,
        AsShape<ReplaceAxis<Indices, FrontAxis<Axis, From>, readonly [1]>>
      > extends true
      ? unknown
      : ShapeError<`takeAlongAxis: indices [${PrintDims<Indices>}] do not go with [${PrintDims<From>}] but for axis ${Axis}`>
    : ShapeError<`takeAlongAxis: [${PrintDims<From>}] has no axis ${Axis}`>

/** `unknown` where the updates have the shape of the rows that the same indices gather. */
export type ScatterCheck<
  Into extends Shape,
  Indices extends Shape,
  Updates extends Shape,
  Axis extends number,
> = true extends IsOpen<Into> | IsOpen<Indices> | IsOpen<Updates> | IsLoose<Axis>
  ? unknown
  : HasAxis<Into, FrontAxis<Axis, Into>> extends true
    ? ShapesAgree<Gathered<Into, Indices, Axis>, Updates> extends true
      ? unknown
      : ShapeError<`scatterAdd: updates [${PrintDims<Updates>}] are not rows [${PrintDims<Gathered<Into, Indices, Axis>>}]`>
    : ShapeError<`scatterAdd: [${PrintDims<Into>}] has no axis ${Axis}`>

/** The shape of elements taken along an axis by indices of the same rank; `axis` counts from 0. */
export const takeAlongShape = (
  where: string,
  from: Shape,
  indices: Shape,
  axis: number,
): E.Either<TensorError, Shape> =>
  from[axis] !== undefined &&
  from.length === indices.length &&
  from.every((dim, i) => i === axis || dim === indices[i])
    ? E.right(indices)
    : refuse(
        where,
        `indices of shape ${printShape(from)} but for axis ${axis}`,
        printShape(indices),
        'every line of x along the axis has its own line of indices',
      )

/** Axes of S behind those of `Lead`, or never where it does not begin with them. */
type Behind<S extends Shape, Lead extends Shape> = Lead extends readonly [
  infer First,
  ...infer More extends Shape,
]
  ? S extends readonly [infer Head, ...infer Rest extends Shape]
    ? DimsAgree<Head, First> extends true
      ? Behind<Rest, More>
      : never
    : never
  : S

/** The type of the shape of sums over segments: the leading axes, which the ids have, become one of `Count`. */
export type SegmentShape<S extends Shape, Ids extends Shape, Count extends number> = true extends
  IsOpen<S> | IsOpen<Ids>
  ? Shape
  : AsShape<readonly [Count, ...Behind<S, Ids>]>

/** `unknown` where x begins with the axes of the ids. */
export type SegmentCheck<S extends Shape, Ids extends Shape> = true extends IsOpen<S> | IsOpen<Ids>
  ? unknown
  : [Behind<S, Ids>] extends [never]
    ? ShapeError<`segmentSum: [${PrintDims<S>}] does not begin with the axes of the ids, [${PrintDims<Ids>}]`>
    : unknown
