/** Padding: elements put before and after each axis; a negative count crops. A named axis is left as it is. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AddSizes, AsShape, IsLoose, IsOpen } from './size-arithmetic.js'

/** Elements before and after an axis. */
export type Width = readonly [before: number, after: number]

const paddedSize = (size: Dim, width: Width | undefined): Dim | null => {
  if (width === undefined || !width.every(Number.isInteger)) return null
  const [before, after] = width
  if (typeof size === 'string') return before === 0 && after === 0 ? size : null
  return size + before + after >= 0 ? size + before + after : null
}

/** The shape of a padded tensor. */
export const padShape = (
  where: string,
  from: Shape,
  widths: readonly Width[],
): E.Either<TensorError, Shape> => {
  const shape = from
    .map((size, axis) => paddedSize(size, widths[axis]))
    .filter((size): size is Dim => size !== null)
  return widths.length === from.length && shape.length === from.length
    ? E.right(shape)
    : E.left(
        shapeError({
          where,
          expected: `whole counts before and after each axis of ${printShape(from)} that leave no size negative`,
          found: `[${widths.map((width) => `[${width.join(', ')}]`).join(', ')}]`,
          hint: 'one pair an axis; a named axis takes [0, 0]',
        }),
      )
}

type PaddedSize<Size, W> = W extends readonly [0, 0]
  ? Size
  : Size extends number
    ? W extends readonly [infer Before, infer After]
      ? AddSizes<AddSizes<Size, Before>, After>
      : number
    : Size

/** The type of a padded tensor's shape. */
export type Padded<From extends Shape, Widths extends readonly Width[]> = AsShape<{
  readonly [Axis in keyof From]: Axis extends keyof Widths ? PaddedSize<From[Axis], Widths[Axis]> : From[Axis]
}>

/** Whether an axis can be padded so, as far as that is known. */
type WidthFits<Size, W> = W extends readonly [infer Before, infer After]
  ? true extends IsLoose<Size> | IsLoose<Before> | IsLoose<After>
    ? true
    : Size extends string
      ? W extends readonly [0, 0]
        ? true
        : false
      : AddSizes<AddSizes<Size, Before>, After> extends infer Result extends number
        ? `${Result}` extends `-${string}`
          ? false
          : true
        : true
  : true

type WidthsCheck<From extends Shape, Widths extends readonly Width[]> = From extends readonly [
  infer Size extends Dim,
  ...infer Rest extends Shape,
]
  ? Widths extends readonly [infer W extends Width, ...infer Others extends readonly Width[]]
    ? WidthFits<Size, W> extends true
      ? WidthsCheck<Rest, Others>
      : ShapeError<`pad: axis ${Size} does not take ${W[0]} before and ${W[1]} after`>
    : ShapeError<'pad: fewer pairs of counts than axes'>
  : Widths extends readonly []
    ? unknown
    : ShapeError<'pad: more pairs of counts than axes'>

/** `unknown` where every axis can be padded so or it can only be judged at run time. */
export type PadCheck<From extends Shape, Widths extends readonly Width[]> = true extends
  IsOpen<From> | (number extends Widths['length'] ? true : false)
  ? unknown
  : WidthsCheck<From, Widths>
