/** Cropping or padding the end of each axis, to a shape of the same rank. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { IsOpen, PrintDims } from './size-arithmetic.js'

/** The target, if it has the rank of the shape and sizes that shapes have. */
export const cropOrPadShape = (where: string, from: Shape, to: Shape): E.Either<TensorError, Shape> =>
  from.length === to.length &&
  to.every((dim) => typeof dim === 'string' || (Number.isSafeInteger(dim) && dim >= 0))
    ? E.right(to)
    : E.left(
        shapeError({
          where,
          expected: `a size or a name for each axis of ${printShape(from)}`,
          found: printShape(to),
          hint: 'add or remove axes with reshape first',
        }),
      )

/** `unknown` where the ranks agree. */
export type CropOrPadCheck<From extends Shape, To extends Shape> = true extends IsOpen<From> | IsOpen<To>
  ? unknown
  : From['length'] extends To['length']
    ? unknown
    : ShapeError<`cropOrPad: [${PrintDims<From>}] and [${PrintDims<To>}] differ in rank`>
