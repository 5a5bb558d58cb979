/** Gathering rows: the axis gathered along is replaced by the axes of the indices. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type {
  AsShape,
  FrontAxis,
  HasAxis,
  IsLoose,
  IsOpen,
  PrintDims,
  ReplaceAxis,
} from './size-arithmetic.js'

/** The shape of the gathered rows; `axis` counts from 0. */
export const gatherShape = (
  where: string,
  from: Shape,
  indices: Shape,
  axis: number,
): E.Either<TensorError, Shape> =>
  Number.isInteger(axis) && axis >= 0 && axis < from.length
    ? E.right([...from.slice(0, axis), ...indices, ...from.slice(axis + 1)])
    : E.left(
        shapeError({
          where,
          expected: from.length === 0 ? 'a tensor with an axis' : `an axis from 0 to ${from.length - 1}`,
          found: `axis ${axis} of ${printShape(from)}`,
          hint: 'an axis counts from 0, or from -1 at the end',
        }),
      )

/** The type of the gathered rows' shape. */
export type Gathered<From extends Shape, Indices extends Shape, Axis extends number> = true extends
  IsOpen<From> | IsOpen<Indices> | IsLoose<Axis>
  ? Shape
  : AsShape<ReplaceAxis<From, FrontAxis<Axis, From>, Indices>>

/** `unknown` where the axis exists or it can only be judged at run time. */
export type GatherCheck<From extends Shape, Axis extends number> = true extends IsOpen<From> | IsLoose<Axis>
  ? unknown
  : HasAxis<From, FrontAxis<Axis, From>> extends true
    ? unknown
    : ShapeError<`gather: [${PrintDims<From>}] has no axis ${Axis}`>
