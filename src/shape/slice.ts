/** Slicing: elements start ≤ i < end of each axis. A named axis is kept whole: its end is its name. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'

/** The size a range of an axis has, or null where the range does not lie in it. */
const rangeSize = (size: Dim, start: number | undefined, end: Dim | undefined): Dim | null => {
  if (start === undefined || end === undefined) return null
  if (typeof size === 'string') return start === 0 && end === size ? size : null
  const fits = typeof end === 'number' && Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= size
  return fits ? end - start : null
}

/** The shape of a slice. */
export const sliceShape = (where: string, from: Shape, start: readonly number[], end: Shape): E.Either<TensorError, Shape> => {
  const sizes = from.map((size, axis) => rangeSize(size, start[axis], end[axis]))
  const shape = sizes.filter((size): size is Dim => size !== null)
  return start.length === from.length && end.length === from.length && shape.length === from.length
    ? E.right(shape)
    : E.left(
        shapeError({
          where,
          expected: `a range inside each axis of ${printShape(from)}`,
          found: `from [${start.join(', ')}] to [${end.join(', ')}]`,
          hint: '0 ≤ start ≤ end ≤ size on every axis; a named axis is kept whole, from 0 to its name',
        }),
      )
}
