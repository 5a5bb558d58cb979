/** What ops that order elements ask of their operands: numbers, along an axis whose places an i24 can count. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../../error/error.js'
import { optionError, shapeError } from '../../error/error.js'
import type { TensorType } from '../../shape/dim.js'
import { printType } from '../../shape/dim.js'

/** Places that an i24 counts. */
const PLACES = 2 ** 24

/** Numbers with an axis, counted from 0, along which they may be ordered. */
export const orderable = (
  where: string,
  inputs: readonly TensorType[],
  axis: number,
): E.Either<TensorError, TensorType> => {
  const [x] = inputs
  const size = x?.shape[axis]
  return x !== undefined &&
    inputs.length === 1 &&
    x.dtype !== 'bool' &&
    size !== undefined &&
    (typeof size !== 'number' || size <= PLACES)
    ? E.right(x)
    : E.left(
        shapeError({
          where,
          expected: `f32 or i24 with an axis ${axis} of at most 2^24 places`,
          found: inputs.map(printType).join(', ') || 'nothing',
          hint: 'an axis counts from 0, or from -1 at the end',
        }),
      )
}

/** Blocks along an axis are powers of two, which all targets divide by exactly. */
export const checkWidth = (where: string, width: number): E.Either<TensorError, null> =>
  width >= 1 && Number.isInteger(Math.log2(width))
    ? E.right(null)
    : E.left(
        optionError({
          where,
          expected: 'a power of two as width',
          found: `${width}`,
          hint: 'runs double from pass to pass',
        }),
      )
