/** Broadcasting to a given shape: axes of size 1 are repeated, new axes come first. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import { broadcastShapes } from './broadcast.js'
import type { Dim, Shape } from './dim.js'
import { printShape, sameShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { DimsAgree, IsOpen, PrintDims } from './size-arithmetic.js'

/** `to`, if `from` broadcasts to exactly that. */
export const broadcastToShape = (where: string, from: Shape, to: Shape): E.Either<TensorError, Shape> => {
  const common = broadcastShapes(where, from, to)
  if (E.isLeft(common) || sameShape(common.right, to)) return common
  return E.left(
    shapeError({
      where,
      expected: `a shape that broadcasts to ${printShape(to)}`,
      found: printShape(from),
      hint: 'only axes of size 1 are repeated, and new axes come first',
    }),
  )
}

/** The last axes of the two, pair by pair. */
type FirstDiffering<From extends Shape, To extends Shape> = From extends readonly [
  ...infer RestFrom extends Shape,
  infer Size extends Dim,
]
  ? To extends readonly [...infer RestTo extends Shape, infer Target extends Dim]
    ? Size extends 1
      ? FirstDiffering<RestFrom, RestTo>
      : DimsAgree<Size, Target> extends true
        ? FirstDiffering<RestFrom, RestTo>
        : ShapeError<`broadcastTo: axes ${Size} and ${Target} differ`>
    : ShapeError<'broadcastTo: the target has fewer axes'>
  : unknown

/** `unknown` where `From` broadcasts to `To` or it can only be judged at run time. */
export type BroadcastToCheck<From extends Shape, To extends Shape> = true extends IsOpen<From> | IsOpen<To>
  ? unknown
  : FirstDiffering<From, To> extends ShapeError<infer Message>
    ? ShapeError<`${Message}, from [${PrintDims<From>}] to [${PrintDims<To>}]`>
    : unknown
