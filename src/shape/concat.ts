/** Concatenation along one axis: the other axes agree, the sizes along it add up. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Shape } from './dim.js'
import { printShape } from './dim.js'

/** The joined shape; `axis` counts from 0. A named axis can be joined with nothing, since names do not add up. */
export const concatShape = (where: string, parts: readonly Shape[], axis: number): E.Either<TensorError, Shape> => {
  const [first] = parts
  const found = `${parts.map(printShape).join(', ') || 'nothing'} along axis ${axis}`
  const refuse = (expected: string, hint: string): E.Either<TensorError, never> => E.left(shapeError({ where, expected, found, hint }))
  if (first === undefined) return refuse('at least one tensor', 'give the parts to join')
  if (!Number.isInteger(axis) || axis < 0 || axis >= first.length)
    return refuse(`an axis from 0 to ${first.length - 1}`, 'an axis counts from 0, or from -1 at the end')
  const agree = parts.every((part) => part.length === first.length && part.every((dim, i) => i === axis || dim === first[i]))
  if (!agree) return refuse('shapes that agree on every other axis', 'reshape, slice or broadcast the parts first')
  if (parts.length === 1) return E.right(first)
  const sizes = parts.flatMap((part) => part[axis] ?? [])
  const known = sizes.filter((size): size is number => typeof size === 'number')
  if (known.length !== sizes.length) return refuse(`sizes along axis ${axis}`, 'a named axis has no size to add; join along another one')
  return E.right(first.map((dim, i) => (i === axis ? known.reduce((sum, size) => sum + size, 0) : dim)))
}
