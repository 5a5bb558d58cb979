/** Permuting axes: axis k of the result is axis `order[k]` of the operand. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, FrontAxis, HasAxis, IsOpen, PrintDims } from './size-arithmetic.js'

/** The permuted shape; `order` names every axis once, counted from 0. */
export const permuteShape = (
  where: string,
  from: Shape,
  order: readonly number[],
): E.Either<TensorError, Shape> => {
  const whole = order.length === from.length && from.every((_, axis) => order.includes(axis))
  return whole
    ? E.right(order.flatMap((axis) => from[axis] ?? []))
    : E.left(
        shapeError({
          where,
          expected: `each axis of ${printShape(from)} once`,
          found: `the order [${order.join(', ')}]`,
          hint: 'axis k of the result is axis order[k] of the operand, counted from 0',
        }),
      )
}

/** Distinct axes of a shape, counted from 0. */
export const checkAxes = (
  where: string,
  from: Shape,
  axes: readonly number[],
): E.Either<TensorError, readonly number[]> =>
  new Set(axes).size === axes.length &&
  axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < from.length)
    ? E.right(axes)
    : E.left(
        shapeError({
          where,
          expected: `distinct axes of ${printShape(from)}`,
          found: `axes [${axes.join(', ')}]`,
          hint: from.length === 0 ? 'a scalar has no axes' : `axes run from 0 to ${from.length - 1}`,
        }),
      )

/** An axis that may count from the end, counted from 0. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** Axes that may count from the end, counted from 0. */
export const axesFromFront = (axes: readonly number[], rank: number): readonly number[] =>
  axes.map((axis) => fromFront(axis, rank))

/** The type of a permuted tensor's shape; axes of the order may count from the end. */
export type Permuted<From extends Shape, Order extends readonly number[]> = AsShape<{
  readonly [K in keyof Order]: From[FrontAxis<Order[K], From>]
}>

type FrontAxes<From extends Shape, Axes extends readonly number[]> = {
  readonly [K in keyof Axes]: FrontAxis<Axes[K], From>
}

type HasDistinct<Axes extends readonly unknown[]> = Axes extends readonly [infer Head, ...infer Rest]
  ? Head extends Rest[number]
    ? false
    : HasDistinct<Rest>
  : true

type InRange<From extends Shape, Axes extends readonly unknown[]> = Axes extends readonly [
  infer Head,
  ...infer Rest,
]
  ? HasAxis<From, Head> extends true
    ? InRange<From, Rest>
    : false
  : true

type AreAxes<From extends Shape, Axes extends readonly number[]> =
  HasDistinct<FrontAxes<From, Axes>> extends true ? InRange<From, FrontAxes<From, Axes>> : false

/** Axes whose values are not literals are judged at run time. */
type AreLoose<From extends Shape, Axes extends readonly number[]> =
  IsOpen<From> extends true ? true : number extends Axes[number] | Axes['length'] ? true : false

/** `unknown` where the order names every axis once. */
export type PermuteCheck<From extends Shape, Order extends readonly number[]> =
  AreLoose<From, Order> extends true
    ? unknown
    : [Order['length'], AreAxes<From, Order>] extends [From['length'], true]
      ? unknown
      : ShapeError<`permute: order [${PrintDims<Order>}] does not name each of ${From['length']} axes once`>

/** `unknown` where the axes are distinct axes of the shape. */
export type AxesCheck<Where extends string, From extends Shape, Axes extends readonly number[]> =
  AreLoose<From, Axes> extends true
    ? unknown
    : AreAxes<From, Axes> extends true
      ? unknown
      : ShapeError<`${Where}: axes [${PrintDims<Axes>}] are not distinct axes of [${PrintDims<From>}]`>
