/**
 * Padding: elements put before, after and, where asked for, between the elements of each axis; a negative count
 * before or after crops. A named axis is left as it is.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AddSizes, AsShape, IsLoose, IsOpen, MultiplySizes } from './size-arithmetic.js'

/** Elements before and after an axis. */
export type Width = readonly [before: number, after: number]

/** Elements before and after an axis, and between each two of its elements (as XLA's Pad has it). */
export type PadWidth = Width | readonly [before: number, after: number, interior: number]

/** Nothing between is a pair, so that equal pads are equal nodes. */
export const plainWidth = (width: PadWidth): PadWidth => (width[2] === 0 ? [width[0], width[1]] : width)

/** The size of an axis with `interior` elements between each two. */
export const dilatedSize = (size: number, interior: number): number => size + Math.max(0, size - 1) * interior

const paddedSize = (size: Dim, width: PadWidth | undefined): Dim | null => {
  if (width === undefined || !width.every(Number.isInteger)) return null
  const [before, after, interior = 0] = width
  if (typeof size === 'string') return before === 0 && after === 0 && interior === 0 ? size : null
  const padded = dilatedSize(size, interior) + before + after
  return interior >= 0 && padded >= 0 ? padded : null
}

/** The shape of a padded tensor. */
export const padShape = (
  where: string,
  from: Shape,
  widths: readonly PadWidth[],
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
          hint: 'one pair an axis; a named axis takes [0, 0]; a third count, of what comes between, is not negative',
        }),
      )
}

/** The axis with what is put between its elements; of a size that is known. */
type DilatedSize<Size extends number, W> = W extends readonly [unknown, unknown, infer Interior]
  ? Interior extends 0
    ? Size
    : Size extends 0
      ? 0
      : AddSizes<Size, MultiplySizes<AddSizes<Size, -1>, Interior>>
  : Size

type PaddedSize<Size, W> = W extends readonly [0, 0] | readonly [0, 0, 0]
  ? Size
  : Size extends number
    ? W extends readonly [infer Before, infer After, ...(readonly unknown[])]
      ? AddSizes<AddSizes<DilatedSize<Size, W>, Before>, After>
      : number
    : Size

/** The type of a padded tensor's shape. */
export type Padded<From extends Shape, Widths extends readonly PadWidth[]> = AsShape<{
  readonly [Axis in keyof From]: Axis extends keyof Widths ? PaddedSize<From[Axis], Widths[Axis]> : From[Axis]
}>

type IsNegative<Size> = Size extends number ? (`${Size}` extends `-${string}` ? true : false) : false

/** Whether an axis can be padded so, as far as that is known. */
type WidthFits<Size, W extends PadWidth> =
  IsNegative<W[2]> extends true
    ? false
    : true extends IsLoose<Size> | IsLoose<W[number]>
      ? true
      : Size extends string
        ? W extends readonly [0, 0] | readonly [0, 0, 0]
          ? true
          : false
        : IsNegative<PaddedSize<Size, W>> extends true
          ? false
          : true

type PrintWidth<W extends PadWidth> =
  `${W[0]} before and ${W[1]} after${W extends readonly [number, number, infer Between extends number] ? ` and ${Between} between` : ''}`

type WidthsCheck<From extends Shape, Widths extends readonly PadWidth[]> = From extends readonly [
  infer Size extends Dim,
  ...infer Rest extends Shape,
]
  ? Widths extends readonly [infer W extends PadWidth, ...infer Others extends readonly PadWidth[]]
    ? WidthFits<Size, W> extends true
      ? WidthsCheck<Rest, Others>
      : ShapeError<`pad: axis ${Size} does not take ${PrintWidth<W>}`>
    : ShapeError<'pad: fewer pairs of counts than axes'>
  : Widths extends readonly []
    ? unknown
    : ShapeError<'pad: more pairs of counts than axes'>

/** `unknown` where every axis can be padded so or it can only be judged at run time. */
export type PadCheck<From extends Shape, Widths extends readonly PadWidth[]> = true extends
  IsOpen<From> | (number extends Widths['length'] ? true : false)
  ? unknown
  : WidthsCheck<From, Widths>
