/** Permuting axes: axis k of the result is axis `order[k]` of the operand. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Shape } from './dim.js'
import { printShape } from './dim.js'

/** The permuted shape; `order` names every axis once, counted from 0. */
export const permuteShape = (where: string, from: Shape, order: readonly number[]): E.Either<TensorError, Shape> => {
  const whole = order.length === from.length && from.every((_, axis) => order.includes(axis))
  return whole
    ? E.right(order.flatMap((axis) => from[axis] ?? []))
    : E.left(
        shapeError({
          where,
          expected: `each axis of ${printShape(from)} once`,
          found: `the order [${order.join(', ')}]`,
          hint: 'axis k of the result is axis order[k] of the operand, counted from 0',
        }),
      )
}

/** Distinct axes of a shape, counted from 0. */
export const checkAxes = (where: string, from: Shape, axes: readonly number[]): E.Either<TensorError, readonly number[]> =>
  new Set(axes).size === axes.length && axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < from.length)
    ? E.right(axes)
    : E.left(
        shapeError({
          where,
          expected: `distinct axes of ${printShape(from)}`,
          found: `axes [${axes.join(', ')}]`,
          hint: from.length === 0 ? 'a scalar has no axes' : `axes run from 0 to ${from.length - 1}`,
        }),
      )

/** An axis that may count from the end, counted from 0. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)
