/** Reducing axes: dropped, or kept with size 1. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { DType, Dim, Shape, TensorType } from './dim.js'
import { printType } from './dim.js'
import type { AxesCheck } from './permute.js'
import { axesFromFront } from './permute.js'
import type { FrontAxis, IsOpen } from './size-arithmetic.js'

/** The shape left when `axes` (which may count from the end) of a tensor of one of the dtypes are reduced. */
export const reduceShape = (
  where: string,
  x: TensorType | undefined,
  axes: readonly number[],
  keepDims: boolean,
  dtypes: readonly DType[] = ['f32'],
): E.Either<TensorError, Shape> => {
  const rank = x?.shape.length ?? 0
  const front = axesFromFront(axes, rank)
  const wrong =
    front.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= rank) ||
    new Set(front).size !== front.length
  if (x === undefined || !dtypes.includes(x.dtype) || wrong)
    return E.left(
      shapeError({
        where,
        expected: `a tensor of ${dtypes.join(' or ')} and distinct axes from ${-rank} to ${rank - 1}`,
        found: `${x === undefined ? 'nothing' : printType(x)} and axes [${axes.join(', ')}]`,
        hint: 'axes count from 0, or from -1 at the end',
      }),
    )
  return E.right(x.shape.flatMap((dim, axis) => (front.includes(axis) ? (keepDims ? [1] : []) : [dim])))
}

/** Axes to reduce: given ones, or all. */
export type ReduceAxes = readonly number[] | 'all'

/** True where every axis is one literal, so that the shape left is known. */
type AreKnown<Axes extends readonly unknown[]> = Axes extends readonly []
  ? true
  : Axes extends readonly [infer Axis, ...infer Rest]
    ? IsOneLiteral<Axis> extends true
      ? AreKnown<Rest>
      : false
    : false

type IsOneLiteral<Axis, Each = Axis> = number extends Axis
  ? false
  : Each extends unknown
    ? [Axis] extends [Each]
      ? true
      : false
    : never

/** The reduced axes counted from 0, as a union. */
type Reduced<S extends Shape, Axes extends readonly number[]> = {
  readonly [K in keyof Axes]: FrontAxis<Axes[K], S>
}[number]

type Remaining<S extends Shape, Axis, Keep, Seen extends readonly unknown[] = []> = S extends readonly [
  infer Head extends Dim,
  ...infer Rest extends Shape,
]
  ? Seen['length'] extends Axis
    ? readonly [...(Keep extends true ? [1] : []), ...Remaining<Rest, Axis, Keep, [...Seen, Head]>]
    : readonly [Head, ...Remaining<Rest, Axis, Keep, [...Seen, Head]>]
  : readonly []

type Ones<S extends Shape> = number extends S['length'] ? Shape : { readonly [K in keyof S]: 1 }

/** The type of the shape that is left. */
export type ReduceShape<S extends Shape, Axes extends ReduceAxes, Keep extends boolean> = boolean extends Keep
  ? Shape
  : Axes extends readonly number[]
    ? IsOpen<S> extends true
      ? Shape
      : AreKnown<Axes> extends true
        ? Remaining<S, Reduced<S, Axes>, Keep>
        : Shape
    : Keep extends true
      ? Ones<S>
      : readonly []

/** `unknown` where the axes are distinct axes of the shape, or it can only be judged at run time. */
export type ReduceCheck<
  Where extends string,
  S extends Shape,
  Axes extends ReduceAxes,
> = Axes extends readonly number[]
  ? AreKnown<Axes> extends true
    ? AxesCheck<Where, S, Axes>
    : unknown
  : unknown
