/** Broadcasting as in NumPy: shapes are aligned at their last axes; sizes agree, or one of them is 1. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'

/** The size two aligned axes broadcast to, or null. */
const broadcastDim = (a: Dim, b: Dim): Dim | null => (a === b || b === 1 ? a : a === 1 ? b : null)

/** The common shape, or an error that names the first pair of axes that differ. */
export const broadcastShapes = (where: string, a: Shape, b: Shape): E.Either<TensorError, Shape> => {
  const rank = Math.max(a.length, b.length)
  const result: Dim[] = []
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    const dim = broadcastDim(left, right)
    if (dim === null)
      return E.left(
        shapeError({
          where,
          expected: `shapes that broadcast`,
          found: `${printShape(a)} and ${printShape(b)}, whose sizes ${left} and ${right} differ`,
          hint: 'shapes are aligned at their last axes; reshape one operand so that sizes agree or are 1',
        }),
      )
    result.push(dim)
  }
  return E.right(result)
}
