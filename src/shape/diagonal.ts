/** Diagonals of two axes: of a matrix of rows and columns, element i of diagonal k lies at (i, i + k), or (i − k, i). */
import * as E from 'fp-ts/lib/Either.js'
import type { Add, LtOrEq, Subtract } from 'ts-arithmetic'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import { checkAxes } from './permute.js'
import type { AxesCheck } from './permute.js'
import type { ReduceShape } from './reduce.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, FrontAxis, IsLoose, IsOpen } from './size-arithmetic.js'

/** The axes of rows and of columns. */
export type AxisPair = readonly [rows: number, columns: number]

/** The length of a diagonal; null where it depends on what a name stands for. */
export const diagonalSize = (rows: Dim, columns: Dim, offset: number): Dim | null => {
  if (typeof rows === 'string' || typeof columns === 'string')
    return rows === columns && offset === 0 ? rows : null
  return Math.max(0, offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns))
}

const unknownSize = (where: string, rows: Dim, columns: Dim, offset: number): TensorError =>
  shapeError({
    where,
    expected: 'a whole offset, and two axes with sizes or of one name with offset 0',
    found: `offset ${offset} of axes ${rows} and ${columns}`,
    hint: 'the length of another diagonal of a named axis is not known before it has a size',
  })

/** The shape without the two axes (counted from 0), and the diagonal as its last axis. */
export const diagonalShape = (
  where: string,
  from: Shape,
  offset: number,
  axes: readonly number[],
): E.Either<TensorError, Shape> => {
  const checked = checkAxes(where, from, axes)
  if (E.isLeft(checked)) return checked
  const [rows, columns] = axes.map((axis) => from[axis])
  if (rows === undefined || columns === undefined || axes.length !== 2)
    return E.left(
      shapeError({
        where,
        expected: 'two axes',
        found: `axes [${axes.join(', ')}] of ${printShape(from)}`,
        hint: 'the axis of rows, then the axis of columns',
      }),
    )
  const size = Number.isInteger(offset) ? diagonalSize(rows, columns, offset) : null
  return size === null
    ? E.left(unknownSize(where, rows, columns, offset))
    : E.right([...from.filter((_, axis) => !axes.includes(axis)), size])
}

/**
 * The shape in which the last axis became the diagonal of two axes with the given sizes, which stand at `axes`
 * (counted from 0) of the result.
 */
export const diagonalMatrixShape = (
  where: string,
  from: Shape,
  offset: number,
  [rows, columns]: readonly [Dim, Dim],
  axes: readonly number[],
): E.Either<TensorError, Shape> => {
  const others = from.slice(0, -1)
  const rest = [...others]
  const shape = Array.from({ length: from.length + 1 }, (_, axis): Dim =>
    axis === axes[0] ? rows : axis === axes[1] ? columns : (rest.shift() ?? 0),
  )
  const checked = checkAxes(where, shape, axes)
  if (E.isLeft(checked)) return checked
  const size = Number.isInteger(offset) ? diagonalSize(rows, columns, offset) : null
  return axes.length === 2 && size !== null && size === from.at(-1)
    ? E.right(shape)
    : E.left(
        shapeError({
          where,
          expected: `a last axis as long as diagonal ${offset} of a matrix [${rows}, ${columns}]`,
          found: printShape(from),
          hint: 'a matrix on whose diagonal k a vector of n lies has at least n + |k| rows and columns',
        }),
      )
}

type Min<A extends number, B extends number> = LtOrEq<A, B> extends 1 ? A : B
type Clipped<A extends number> = `${A}` extends `-${string}` ? 0 : A

/** The length of a diagonal. */
type DiagonalSize<Rows, Columns, Offset extends number> = true extends
  IsLoose<Rows> | IsLoose<Columns> | IsLoose<Offset>
  ? Dim
  : Rows extends number
    ? Columns extends number
      ? `${Offset}` extends `-${string}`
        ? Clipped<Min<Add<Rows, Offset>, Columns>>
        : Clipped<Min<Rows, Subtract<Columns, Offset>>>
      : Dim
    : Rows

/** The type of a diagonal's shape. */
export type Diagonal<S extends Shape, Offset extends number, Axes extends AxisPair> =
  IsOpen<S> extends true
    ? Shape
    : number extends Axes[number]
      ? Shape
      : AsShape<
          readonly [
            ...ReduceShape<S, Axes, false>,
            DiagonalSize<S[FrontAxis<Axes[0], S>], S[FrontAxis<Axes[1], S>], Offset>,
          ]
        >

type SizesCheck<Rows extends Dim, Columns extends Dim, Offset extends number> = true extends
  IsLoose<Rows> | IsLoose<Columns>
  ? unknown
  : [Rows, Columns] extends [number, number]
    ? unknown
    : [Rows, Columns, Offset] extends [Columns, Rows, 0]
      ? unknown
      : ShapeError<`diagonal: axes ${Rows} and ${Columns} have no known diagonal ${Offset}`>

/** `unknown` where the axes are two of the shape's, whose diagonal has a size. */
export type DiagonalCheck<S extends Shape, Offset extends number, Axes extends AxisPair> =
  IsOpen<S> extends true
    ? unknown
    : number extends Axes[number] | Offset
      ? unknown
      : AxesCheck<'diagonal', S, Axes> extends infer Check extends ShapeError<string>
        ? Check
        : SizesCheck<S[FrontAxis<Axes[0], S>], S[FrontAxis<Axes[1], S>], Offset>

type Absolute<A extends number> = `${A}` extends `-${infer Positive extends number}` ? Positive : A

/** The side of the square matrix on whose diagonal an axis lies. */
type SideOf<Size, Offset extends number> = true extends IsLoose<Size> | IsLoose<Offset>
  ? Dim
  : Size extends number
    ? Add<Size, Absolute<Offset>>
    : Size

/** The type of the shape of matrices with a given diagonal. */
export type DiagonalMatrix<S extends Shape, Offset extends number> =
  IsOpen<S> extends true
    ? Shape
    : S extends readonly [...infer Lead extends Shape, infer Size extends Dim]
      ? AsShape<readonly [...Lead, SideOf<Size, Offset>, SideOf<Size, Offset>]>
      : Shape

/** `unknown` where the last axis can lie on that diagonal of a square matrix. */
export type DiagonalMatrixCheck<S extends Shape, Offset extends number> = true extends
  IsOpen<S> | IsLoose<Offset>
  ? unknown
  : S extends readonly [...Shape, infer Size extends Dim]
    ? Size extends number
      ? unknown
      : IsLoose<Size> extends true
        ? unknown
        : Offset extends 0
          ? unknown
          : ShapeError<`diagonalMatrix: axis ${Size} only goes on diagonal 0`>
    : ShapeError<'diagonalMatrix: a scalar has no last axis'>
