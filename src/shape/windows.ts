/** Sliding windows along an axis: their number takes its place, their elements are a new last axis. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { AxesCheck } from './permute.js'
import type { ShapeError } from './shape-error.js'
import type {
  AddSizes,
  AsShape,
  CeilDivide,
  FrontAxis,
  IsLoose,
  IsOpen,
  PrintDims,
  ReplaceAxis,
  SubtractSizes,
} from './size-arithmetic.js'

/** The shape of the windows of `size` elements that begin every `step` elements of an axis (counted from 0). */
export const windowsShape = (
  where: string,
  from: Shape,
  size: number,
  step: number,
  axis: number,
): E.Either<TensorError, Shape> => {
  const length = from[axis]
  const isCount = [size, step].every((count) => Number.isInteger(count) && count > 0)
  return typeof length === 'number' && isCount && size <= length
    ? E.right([...from.with(axis, Math.floor((length - size) / step) + 1), size])
    : E.left(
        shapeError({
          where,
          expected: `an axis of ${printShape(from)} with room for a window, and whole counts of at least 1`,
          found: `windows of ${size} every ${step} along axis ${axis}`,
          hint: 'pad the axis to make room; a named axis has no windows, since it has no size',
        }),
      )
}

/** How many windows fit. */
type WindowCount<Length, Size, Step> = CeilDivide<AddSizes<SubtractSizes<Length, Size>, 1>, Step>

/** The type of the windows' shape. */
export type Windows<
  S extends Shape,
  Size extends number,
  Step extends number,
  Axis extends number,
> = true extends IsOpen<S> | IsLoose<Axis>
  ? Shape
  : AsShape<
      readonly [
        ...ReplaceAxis<
          S,
          FrontAxis<Axis, S>,
          AsShape<readonly [WindowCount<S[FrontAxis<Axis, S>], Size, Step>]>
        >,
        Size,
      ]
    >

/** `unknown` where a window fits into the axis. */
export type WindowsCheck<S extends Shape, Size extends number, Axis extends number> = true extends
  IsOpen<S> | IsLoose<Axis>
  ? unknown
  : AxesCheck<'windows', S, readonly [Axis]> extends infer Check extends ShapeError<string>
    ? Check
    : S[FrontAxis<Axis, S>] extends infer Length extends Dim
      ? true extends IsLoose<Length> | IsLoose<Size>
        ? unknown
        : Length extends number
          ? `${SubtractSizes<Length, Size>}` extends `-${string}`
            ? ShapeError<`windows: ${Size} elements do not fit into axis ${Axis} of [${PrintDims<S>}]`>
            : unknown
          : ShapeError<`windows: axis ${Axis} of [${PrintDims<S>}] has a name and no windows`>
      : unknown
