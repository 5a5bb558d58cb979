/** Padding: elements put before and after each axis; a negative count crops. A named axis is left as it is. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'

/** Elements before and after an axis. */
export type Width = readonly [before: number, after: number]

const paddedSize = (size: Dim, width: Width | undefined): Dim | null => {
  if (width === undefined || !width.every(Number.isInteger)) return null
  const [before, after] = width
  if (typeof size === 'string') return before === 0 && after === 0 ? size : null
  return size + before + after >= 0 ? size + before + after : null
}

/** The shape of a padded tensor. */
export const padShape = (where: string, from: Shape, widths: readonly Width[]): E.Either<TensorError, Shape> => {
  const shape = from.map((size, axis) => paddedSize(size, widths[axis])).filter((size): size is Dim => size !== null)
  return widths.length === from.length && shape.length === from.length
    ? E.right(shape)
    : E.left(
        shapeError({
          where,
          expected: `whole counts before and after each axis of ${printShape(from)} that leave no size negative`,
          found: `[${widths.map((width) => `[${width.join(', ')}]`).join(', ')}]`,
          hint: 'one pair an axis; a named axis takes [0, 0]',
        }),
      )
}
