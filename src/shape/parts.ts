/** Taking a tensor apart along an axis, and putting equal ones side by side on a new one. */
import * as E from 'fp-ts/lib/Either.js'
import type { Divide, LtOrEq } from 'ts-arithmetic'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { PlaceCheck, WithAxis } from './axes.js'
import { insertAxis } from './axes.js'
import type { Dim, Shape, TensorType } from './dim.js'
import { printShape, printType, sameType } from './dim.js'
import type { ShapesAgree } from './last-axis.js'
import type { AxesCheck } from './permute.js'
import { fromFront } from './permute.js'
import type { ShapeError } from './shape-error.js'
import type {
  AddSizes,
  AsShape,
  Divides,
  FrontAxis,
  IsLoose,
  IsOpen,
  PrintDims,
  ReplaceAxis,
} from './size-arithmetic.js'

/** How an axis is taken apart: into so many equal parts, or into parts of these sizes. */
export type Parts = number | readonly number[]

/** The sizes of the parts of an axis, which counts from 0. */
export const partSizes = (
  where: string,
  from: Shape,
  parts: Parts,
  axis: number,
): E.Either<TensorError, readonly number[]> => {
  const size = from[axis]
  const found = `${typeof parts === 'number' ? parts : `sizes [${parts.join(', ')}]`} along axis ${axis} of ${printShape(from)}`
  const refuse = (expected: string, hint: string): E.Either<TensorError, never> =>
    E.left(shapeError({ where, expected, found, hint }))
  if (typeof size !== 'number')
    return refuse(
      'an axis that has a size',
      'an axis counts from 0, or from -1 at the end; a named axis cannot be taken apart',
    )
  if (typeof parts === 'number')
    return Number.isInteger(parts) && parts > 0 && size % parts === 0
      ? E.right(Array.from({ length: parts }, () => size / parts))
      : refuse(`a number of parts that divides ${size}`, 'state the sizes of parts that are not equal')
  const isWhole = parts.every((part) => Number.isInteger(part) && part >= 0)
  return isWhole && parts.reduce((sum, part) => sum + part, 0) === size
    ? E.right(parts)
    : refuse(`sizes that add up to ${size}`, 'every element belongs to one part')
}

/** The shape of equal tensors side by side on a new axis. */
export const stackShape = (
  where: string,
  parts: readonly TensorType[],
  axis: number,
): E.Either<TensorError, Shape> => {
  const [first] = parts
  return first !== undefined && parts.every((part) => sameType(part, first))
    ? insertAxis(where, first.shape, axis, parts.length)
    : E.left(
        shapeError({
          where,
          expected: 'at least one tensor, all of one type',
          found: parts.map(printType).join(', ') || 'nothing',
          hint: 'concat joins parts that differ along one axis; broadcastTo and toFloat make types equal',
        }),
      )
}

/** A place along an axis (counted from 0), which may count from the end, counted from 0. */
export const indexOf = (
  where: string,
  from: Shape,
  index: number,
  axis: number,
): E.Either<TensorError, number> => {
  const size = from[axis]
  const place = typeof size === 'number' ? fromFront(index, size) : -1
  return typeof size === 'number' && Number.isInteger(place) && place >= 0 && place < size
    ? E.right(place)
    : E.left(
        shapeError({
          where,
          expected: `a place along an axis of ${printShape(from)} that has a size`,
          found: `place ${index} of axis ${axis}`,
          hint: 'places and axes count from 0, or from -1 at the end',
        }),
      )
}

type Equal<Size, Count extends number> = Size extends number
  ? true extends IsLoose<Size>
    ? number
    : Divides<Count, Size> extends true
      ? Divide<Size, Count>
      : number
  : number

type WithSize<S extends Shape, Axis extends number, Size extends Dim> = true extends IsOpen<S> | IsLoose<Axis>
  ? Shape
  : AsShape<ReplaceAxis<S, FrontAxis<Axis, S>, readonly [Size]>>

type Repeated<T, Count extends number, Made extends readonly T[] = readonly []> = Made['length'] extends Count
  ? Made
  : Repeated<T, Count, readonly [...Made, T]>

/** Whether a count is a literal that a tuple can have. */
type IsCount<Count extends number> = number extends Count
  ? false
  : `${Count}` extends `-${string}` | `${string}.${string}` | '0'
    ? false
    : true

/** The shapes of the parts. */
export type SplitShapes<S extends Shape, P extends Parts, Axis extends number> = P extends number
  ? IsCount<P> extends true
    ? true extends IsOpen<S> | IsLoose<Axis>
      ? Repeated<Shape, P>
      : Repeated<WithSize<S, Axis, Equal<S[FrontAxis<Axis, S>], P>>, P>
    : readonly Shape[]
  : P extends readonly number[]
    ? { readonly [I in keyof P]: WithSize<S, Axis, P[I] & number> }
    : never

type SumOf<Sizes extends readonly number[], Sum extends number = 0> = Sizes extends readonly [
  infer Head,
  ...infer Rest extends readonly number[],
]
  ? SumOf<Rest, AddSizes<Sum, Head>>
  : Sum

type SizeCheck<Size, P extends Parts> =
  true extends IsLoose<Size>
    ? unknown
    : Size extends number
      ? P extends number
        ? true extends IsLoose<P> | Divides<P, Size>
          ? unknown
          : ShapeError<`splitAxis: ${Size} elements do not divide into ${P} parts`>
        : P extends readonly number[]
          ? number extends P['length'] | P[number] | SumOf<P>
            ? unknown
            : SumOf<P> extends Size
              ? unknown
              : ShapeError<`splitAxis: sizes [${PrintDims<P>}] do not add up to ${Size}`>
          : unknown
      : Size extends string
        ? ShapeError<`splitAxis: axis ${Size} has a name and no size`>
        : unknown

/** `unknown` where the axis can be taken apart so, or it can only be judged at run time. */
export type SplitCheck<S extends Shape, P extends Parts, Axis extends number> = true extends
  IsOpen<S> | IsLoose<Axis>
  ? unknown
  : AxesCheck<'splitAxis', S, readonly [Axis]> extends infer Check extends ShapeError<string>
    ? Check
    : SizeCheck<S[FrontAxis<Axis, S>], P>

/** The type of the shape of equal tensors side by side. */
export type Stacked<Shapes extends readonly Shape[], Axis extends number> = Shapes extends readonly [
  infer First extends Shape,
  ...(readonly Shape[]),
]
  ? WithAxis<First, Axis, Shapes['length']>
  : Shape

type AllAgree<First extends Shape, Others extends readonly Shape[]> = Others extends readonly [
  infer Next extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? ShapesAgree<First, Next> extends true
    ? AllAgree<First, Rest>
    : ShapeError<`stack: [${PrintDims<First>}] and [${PrintDims<Next>}] differ`>
  : unknown

/** `unknown` where the shapes agree and the new axis has a place. */
export type StackCheck<Shapes extends readonly Shape[], Axis extends number> = number extends Shapes['length']
  ? unknown
  : Shapes extends readonly [infer First extends Shape, ...infer Others extends readonly Shape[]]
    ? AllAgree<First, Others> & PlaceCheck<'stack', First, Axis>
    : ShapeError<'stack: nothing to put side by side'>

type PlaceFits<Size extends number, Index extends number> = `${Index}` extends `-${infer Back extends number}`
  ? LtOrEq<Back, Size>
  : LtOrEq<AddSizes<Index, 1>, Size>

/** `unknown` where the axis has that place. */
export type IndexAxisCheck<S extends Shape, Index extends number, Axis extends number> = true extends
  IsOpen<S> | IsLoose<Axis>
  ? unknown
  : AxesCheck<'indexAxis', S, readonly [Axis]> extends infer Check extends ShapeError<string>
    ? Check
    : S[FrontAxis<Axis, S>] extends infer Size
      ? true extends IsLoose<Size> | IsLoose<Index>
        ? unknown
        : Size extends number
          ? PlaceFits<Size, Index> extends 1
            ? unknown
            : ShapeError<`indexAxis: axis ${Axis} of [${PrintDims<S>}] has no place ${Index}`>
          : ShapeError<`indexAxis: axis ${Axis} of [${PrintDims<S>}] has a name and no places`>
      : unknown
