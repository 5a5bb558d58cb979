/** Outer products of the last axes: [...B, I] and [...B, J], or one [J] for all, give [...B, I, J]. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, DimsAgree, IsOpen } from './size-arithmetic.js'

/** The contraction that is the outer product, as an einsum pattern. */
export const outerPattern = (where: string, x: Shape, y: Shape): E.Either<TensorError, string> => {
  const lead = x.slice(0, -1)
  const isShared = y.length === 1
  const agree = isShared || (y.length === x.length && lead.every((size, axis) => y[axis] === size))
  if (x.length < 1 || y.length < 1 || !agree)
    return E.left(
      shapeError({
        where,
        expected: '[...B, I] and [...B, J], or [...B, I] and [J]',
        found: `${printShape(x)} and ${printShape(y)}`,
        hint: 'leading axes are the same in both, or the second has none; broadcast one of them first',
      }),
    )
  const batch = lead.map((_, i) => String.fromCharCode(65 + i)).join('')
  return E.right(`${batch}i,${isShared ? '' : batch}j->${batch}ij`)
}

/** The type of the outer product's shape. */
export type OuterShape<X extends Shape, Y extends Shape> = true extends IsOpen<X> | IsOpen<Y>
  ? Shape
  : Y extends readonly [...infer _Lead, infer J]
    ? AsShape<readonly [...X, J]>
    : Shape

type LeadCheck<X extends Shape, Y extends Shape> = X extends readonly [Dim]
  ? unknown
  : X extends readonly [infer A extends Dim, ...infer RestX extends Shape]
    ? Y extends readonly [infer B extends Dim, ...infer RestY extends Shape]
      ? DimsAgree<A, B> extends true
        ? LeadCheck<RestX, RestY>
        : ShapeError<`outer: leading axes ${A} and ${B} differ`>
      : unknown
    : unknown

/** `unknown` where the product exists or it can only be judged at run time. */
export type OuterCheck<X extends Shape, Y extends Shape> = true extends IsOpen<X> | IsOpen<Y>
  ? unknown
  : X extends readonly []
    ? ShapeError<'outer: the first operand is a scalar'>
    : Y extends readonly []
      ? ShapeError<'outer: the second operand is a scalar'>
      : Y extends readonly [Dim]
        ? unknown
        : X['length'] extends Y['length']
          ? LeadCheck<X, Y>
          : ShapeError<`outer: ranks ${X['length']} and ${Y['length']} differ, and the second is not one vector`>
