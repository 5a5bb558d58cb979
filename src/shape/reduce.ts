/** Reducing axes: dropped, or kept with size 1. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Shape, TensorType } from './dim.js'
import { printType } from './dim.js'

/** The shape left when `axes` (which may count from the end) of an f32 tensor are reduced. */
export const reduceShape = (
  where: string,
  x: TensorType | undefined,
  axes: readonly number[],
  keepDims: boolean,
): E.Either<TensorError, Shape> => {
  const rank = x?.shape.length ?? 0
  const front = axes.map((axis) => (axis < 0 ? axis + rank : axis))
  const wrong = front.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= rank) || new Set(front).size !== front.length
  if (x === undefined || x.dtype !== 'f32' || wrong)
    return E.left(
      shapeError({
        where,
        expected: `an f32 tensor and distinct axes from ${-rank} to ${rank - 1}`,
        found: `${x === undefined ? 'nothing' : printType(x)} and axes [${axes.join(', ')}]`,
        hint: 'axes count from 0, or from -1 at the end',
      }),
    )
  return E.right(x.shape.flatMap((dim, axis) => (front.includes(axis) ? (keepDims ? [1] : []) : [dim])))
}
