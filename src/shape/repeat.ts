/** Repeating along axes: a whole axis several times over, or each element several times in a row. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { AxesCheck } from './permute.js'
import type { ShapeError } from './shape-error.js'
import type {
  AsShape,
  FrontAxis,
  IsLoose,
  IsOpen,
  MultiplySizes,
  PrintDims,
  ReplaceAxis,
} from './size-arithmetic.js'

const repeatedSize = (size: Dim, count: number | undefined): Dim | null => {
  if (count === undefined || !Number.isInteger(count) || count < 0) return null
  if (count === 1) return size
  return typeof size === 'number' ? size * count : null
}

/** The shape with each axis so many times as long. */
export const repeatedShape = (
  where: string,
  from: Shape,
  counts: readonly number[],
): E.Either<TensorError, Shape> => {
  const shape = from
    .map((size, axis) => repeatedSize(size, counts[axis]))
    .filter((size): size is Dim => size !== null)
  return counts.length === from.length && shape.length === from.length
    ? E.right(shape)
    : E.left(
        shapeError({
          where,
          expected: `a whole count for each axis of ${printShape(from)}`,
          found: `[${counts.join(', ')}]`,
          hint: 'counts are not negative; a named axis takes 1',
        }),
      )
}

type RepeatedSize<Size, Count> = Count extends 1 ? Size : MultiplySizes<Size, Count>

/** The type of a tiled shape. */
export type Tiled<S extends Shape, Counts extends readonly number[]> =
  IsOpen<S> extends true
    ? Shape
    : AsShape<{
        readonly [Axis in keyof S]: Axis extends keyof Counts ? RepeatedSize<S[Axis], Counts[Axis]> : S[Axis]
      }>

type CountsCheck<S extends Shape, Counts extends readonly number[]> = S extends readonly [
  infer Size extends Dim,
  ...infer Rest extends Shape,
]
  ? Counts extends readonly [infer Count extends number, ...infer Others extends readonly number[]]
    ? true extends IsLoose<Size> | IsLoose<Count>
      ? CountsCheck<Rest, Others>
      : [Size, Count] extends [number, number] | [string, 1]
        ? CountsCheck<Rest, Others>
        : ShapeError<`tile: axis ${Size} has a name and cannot be repeated ${Count} times`>
    : unknown
  : unknown

/** `unknown` where there is a count for each axis. */
export type TileCheck<S extends Shape, Counts extends readonly number[]> = true extends
  IsOpen<S> | (number extends Counts['length'] ? true : false)
  ? unknown
  : [S['length'], Counts['length']] extends [Counts['length'], S['length']]
    ? CountsCheck<S, Counts>
    : ShapeError<`tile: counts [${PrintDims<Counts>}] for the axes [${PrintDims<S>}]`>

/** The type of a shape with one axis so many times as long. */
export type Repeated<S extends Shape, Count extends number, Axis extends number> = true extends
  IsOpen<S> | IsLoose<Axis>
  ? Shape
  : AsShape<
      ReplaceAxis<S, FrontAxis<Axis, S>, AsShape<readonly [RepeatedSize<S[FrontAxis<Axis, S>], Count>]>>
    >

/** `unknown` where the axis can be repeated. */
export type RepeatCheck<S extends Shape, Count extends number, Axis extends number> = true extends
  IsOpen<S> | IsLoose<Axis>
  ? unknown
  : AxesCheck<'repeatElements', S, readonly [Axis]> extends infer Check extends ShapeError<string>
    ? Check
    : S[FrontAxis<Axis, S>] extends infer Size extends Dim
      ? true extends IsLoose<Size> | IsLoose<Count>
        ? unknown
        : [Size, Count] extends [number, number] | [string, 1]
          ? unknown
          : ShapeError<`repeatElements: axis ${Size} has a name and cannot be repeated ${Count} times`>
      : unknown
