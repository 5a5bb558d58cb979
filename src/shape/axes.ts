/** Axes put in, taken out, moved, merged and taken apart; the elements stay in row-major order where none is moved. */
import * as E from 'fp-ts/lib/Either.js'
import type { Add } from 'ts-arithmetic'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { AxesCheck } from './permute.js'
import { checkAxes, fromFront } from './permute.js'
import type { ReduceShape } from './reduce.js'
import type { ShapeError } from './shape-error.js'
import type {
  AsShape,
  FrontAxis,
  HasAxis,
  IsLoose,
  IsOpen,
  NamesOf,
  PrintDims,
  ProductOf,
  ReplaceAxis,
} from './size-arithmetic.js'

/** Distinct axes of a shape, which may count from the end, counted from 0. */
export const frontAxes = (
  where: string,
  from: Shape,
  axes: readonly number[],
): E.Either<TensorError, readonly number[]> =>
  checkAxes(
    where,
    from,
    axes.map((axis) => fromFront(axis, from.length)),
  )

/** The shape with an axis put in, at a place of the result that may count from its end. */
export const insertAxis = (
  where: string,
  from: Shape,
  axis: number,
  size: Dim,
): E.Either<TensorError, Shape> => {
  const place = fromFront(axis, from.length + 1)
  return Number.isInteger(place) && place >= 0 && place <= from.length
    ? E.right([...from.slice(0, place), size, ...from.slice(place)])
    : E.left(
        shapeError({
          where,
          expected: `a place from ${-from.length - 1} to ${from.length} for a new axis of ${printShape(from)}`,
          found: `${axis}`,
          hint: 'the place is that of the new axis in the result; -1 is the last',
        }),
      )
}

/** The shape without axes, each of size 1. */
export const squeezeShape = (
  where: string,
  from: Shape,
  axes: readonly number[],
): E.Either<TensorError, Shape> =>
  E.chain((front: readonly number[]): E.Either<TensorError, Shape> =>
    front.every((axis) => from[axis] === 1)
      ? E.right(from.filter((_, axis) => !front.includes(axis)))
      : E.left(
          shapeError({
            where,
            expected: 'axes of size 1',
            found: `axes [${axes.join(', ')}] of ${printShape(from)}`,
            hint: 'only an axis of size 1 can be dropped; indexAxis takes one place of a longer one',
          }),
        ),
  )(frontAxes(where, from, axes))

/** The order that moves an axis of a tensor of some rank to another place; both counted from 0. */
export const movingOrder = (rank: number, from: number, to: number): readonly number[] => {
  const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== from)
  return [...others.slice(0, to), from, ...others.slice(to)]
}

/** The shape with the axes from `first` to `last`, both included, as one. */
export const flattenShape = (
  where: string,
  from: Shape,
  first: number,
  last: number,
): E.Either<TensorError, Shape> => {
  const [start, end] = [fromFront(first, from.length), fromFront(last, from.length)]
  const merged = from.slice(start, end + 1)
  const sizes = merged.filter((dim): dim is number => typeof dim === 'number')
  const fits =
    [start, end].every((axis) => Number.isInteger(axis) && axis >= 0 && axis < from.length) &&
    start <= end &&
    (merged.length === 1 || sizes.length === merged.length)
  return fits
    ? E.right([
        ...from.slice(0, start),
        merged.length === 1 ? (merged[0] ?? 1) : sizes.reduce((product, size) => product * size, 1),
        ...from.slice(end + 1),
      ])
    : E.left(
        shapeError({
          where,
          expected: `a first and a last of neighbouring axes of ${printShape(from)} that have sizes`,
          found: `axes ${first} to ${last}`,
          hint: 'axes count from 0, or from -1 at the end; a named axis has no size to multiply',
        }),
      )
}

/** The shape with one axis replaced by axes of as many elements. */
export const unflattenShape = (
  where: string,
  from: Shape,
  axis: number,
  sizes: readonly number[],
): E.Either<TensorError, Shape> => {
  const place = fromFront(axis, from.length)
  const fits =
    from[place] === sizes.reduce((product, size) => product * size, 1) &&
    sizes.every((size) => Number.isInteger(size) && size >= 0)
  return fits
    ? E.right([...from.slice(0, place), ...sizes, ...from.slice(place + 1)])
    : E.left(
        shapeError({
          where,
          expected: `an axis of ${printShape(from)} as long as the product of [${sizes.join(', ')}]`,
          found: `axis ${axis}`,
          hint: 'the new axes hold the elements of the one they replace; a named axis cannot be taken apart',
        }),
      )
}

/** The shape without one axis. */
export type WithoutAxis<S extends Shape, Axis extends number> = ReduceShape<S, readonly [Axis], false>

/** The size of an axis that may count from the end. */
export type AxisSize<S extends Shape, Axis extends number> = true extends IsOpen<S> | IsLoose<Axis>
  ? Dim
  : S[FrontAxis<Axis, S>]

/** A place among the axes and behind them, counted from 0. */
type FrontPlace<Axis extends number, S extends Shape> = `${Axis}` extends `-${string}`
  ? Add<Axis, Add<S['length'], 1>>
  : Axis

type Inserted<
  S extends Shape,
  Place,
  Size extends Dim,
  Seen extends readonly unknown[] = [],
> = Seen['length'] extends Place
  ? readonly [Size, ...S]
  : S extends readonly [infer Head extends Dim, ...infer Rest extends Shape]
    ? readonly [Head, ...Inserted<Rest, Place, Size, [...Seen, Head]>]
    : readonly []

/** The type of the shape with an axis put in. */
export type WithAxis<S extends Shape, Axis extends number, Size extends Dim> = true extends
  IsOpen<S> | IsLoose<Axis>
  ? Shape
  : AsShape<Inserted<S, FrontPlace<Axis, S>, Size>>

/** `unknown` where a new axis can have that place. */
export type PlaceCheck<Where extends string, S extends Shape, Axis extends number> = true extends
  IsOpen<S> | IsLoose<Axis>
  ? unknown
  : FrontPlace<Axis, S> extends S['length']
    ? unknown
    : HasAxis<S, FrontPlace<Axis, S>> extends true
      ? unknown
      : ShapeError<`${Where}: [${PrintDims<S>}] has no place ${Axis} for an axis`>

/** Whether every one of the axes may have size 1. */
type AreSingle<S extends Shape, Axes extends readonly number[]> = Axes extends readonly [
  infer Axis extends number,
  ...infer Rest extends readonly number[],
]
  ? S[FrontAxis<Axis, S>] extends infer Size
    ? true extends IsLoose<Size>
      ? AreSingle<S, Rest>
      : Size extends 1
        ? AreSingle<S, Rest>
        : false
    : false
  : true

/** `unknown` where the axes are distinct axes of size 1. */
export type SqueezeCheck<S extends Shape, Axes extends readonly number[]> =
  AxesCheck<'squeeze', S, Axes> extends infer Check extends ShapeError<string>
    ? Check
    : true extends IsOpen<S> | (number extends Axes[number] | Axes['length'] ? true : false)
      ? unknown
      : AreSingle<S, Axes> extends true
        ? unknown
        : ShapeError<`squeeze: axes [${PrintDims<Axes>}] of [${PrintDims<S>}] are not all of size 1`>

/** The type of the shape with an axis moved to another place. */
export type Moved<S extends Shape, From extends number, To extends number> = true extends
  IsOpen<S> | IsLoose<From> | IsLoose<To>
  ? Shape
  : WithAxis<AsShape<WithoutAxis<S, From>>, To, S[FrontAxis<From, S>]>

/** The type of the shape with two axes in each other's place. */
export type Swapped<S extends Shape, A extends number, B extends number> = true extends
  IsOpen<S> | IsLoose<A> | IsLoose<B>
  ? Shape
  : AsShape<{
      readonly [Axis in keyof S]: Axis extends `${FrontAxis<A, S>}`
        ? S[FrontAxis<B, S>]
        : Axis extends `${FrontAxis<B, S>}`
          ? S[FrontAxis<A, S>]
          : S[Axis]
    }>

/** The axes before `First`, those up to `Last`, and those behind. */
type Parted<
  S extends Shape,
  First,
  Last,
  Before extends Shape = readonly [],
  Middle extends Shape = readonly [],
  Seen extends readonly unknown[] = [],
  Inside = false,
> = S extends readonly [infer Head extends Dim, ...infer Rest extends Shape]
  ? true extends Inside | (Seen['length'] extends First ? true : false)
    ? Seen['length'] extends Last
      ? readonly [Before, readonly [...Middle, Head], Rest]
      : Parted<Rest, First, Last, Before, readonly [...Middle, Head], [...Seen, Head], true>
    : Parted<Rest, First, Last, readonly [...Before, Head], Middle, [...Seen, Head]>
  : never

/** The size of several axes as one; a name stays where it is alone. */
type MergedSize<Middle extends Shape> = Middle extends readonly [infer Only extends Dim]
  ? Only
  : true extends IsLoose<Middle[number]>
    ? number
    : ProductOf<Middle>

/** The type of the shape with neighbouring axes merged. */
export type Flattened<S extends Shape, First extends number, Last extends number> = true extends
  IsOpen<S> | IsLoose<First> | IsLoose<Last>
  ? Shape
  : Parted<S, FrontAxis<First, S>, FrontAxis<Last, S>> extends readonly [
        infer Before extends Shape,
        infer Middle extends Shape,
        infer After extends Shape,
      ]
    ? AsShape<readonly [...Before, MergedSize<Middle>, ...After]>
    : Shape

/** `unknown` where the axes are neighbours that have sizes. */
export type FlattenCheck<S extends Shape, First extends number, Last extends number> = true extends
  IsOpen<S> | IsLoose<First> | IsLoose<Last>
  ? unknown
  : [Parted<S, FrontAxis<First, S>, FrontAxis<Last, S>>] extends [never]
    ? ShapeError<`flattenAxes: [${PrintDims<S>}] has no axes from ${First} to ${Last}`>
    : Parted<S, FrontAxis<First, S>, FrontAxis<Last, S>>[1] extends infer Middle extends Shape
      ? Middle extends readonly [Dim]
        ? unknown
        : NamesOf<Middle> extends readonly []
          ? unknown
          : true extends IsLoose<Middle[number]>
            ? unknown
            : ShapeError<`flattenAxes: a name has no size to multiply in [${PrintDims<Middle>}]`>
      : unknown

/** The type of the shape with one axis taken apart. */
export type Unflattened<S extends Shape, Axis extends number, Sizes extends readonly number[]> = true extends
  IsOpen<S> | IsLoose<Axis> | IsOpen<Sizes>
  ? Shape
  : AsShape<ReplaceAxis<S, FrontAxis<Axis, S>, Sizes>>

/** `unknown` where the sizes multiply to that of the axis. */
export type UnflattenCheck<
  S extends Shape,
  Axis extends number,
  Sizes extends readonly number[],
> = true extends IsOpen<S> | IsLoose<Axis> | IsOpen<Sizes>
  ? unknown
  : HasAxis<S, FrontAxis<Axis, S>> extends true
    ? true extends IsLoose<S[FrontAxis<Axis, S>]> | IsLoose<ProductOf<Sizes>>
      ? unknown
      : S[FrontAxis<Axis, S>] extends ProductOf<Sizes>
        ? unknown
        : ShapeError<`unflattenAxis: [${PrintDims<Sizes>}] has ${ProductOf<Sizes>} elements, the axis ${S[FrontAxis<Axis, S>]}`>
    : ShapeError<`unflattenAxis: [${PrintDims<S>}] has no axis ${Axis}`>
