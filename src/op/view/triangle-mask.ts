import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../ir/tensor.js'
import { add } from '../elementwise/add.js'
import { lessEqual } from '../elementwise/less-equal.js'
import { iota } from '../leaf/iota.js'
import { typedResult } from '../typed-result.js'

/**
 * Where the lower triangle of a matrix is (`jnp.tri`): true at (row, column) where column ≤ row + offset. Of queries
 * and keys at the same times it is the causal mask.
 * @throws TraceFailure with a ShapeError where a size is not whole, or negative.
 */
export const triangleMask = <const Rows extends number, const Columns extends number>(
  rows: Rows,
  columns: Columns,
  offset = 0,
): Tensor<readonly [Rows, Columns], 'bool'> => {
  const row = iota<readonly [number, 1], 0>([rows, 1], 0)
  const column = iota<readonly [1, number], 1>([1, columns], 1)
  return typedResult(pipe(column, lessEqual(pipe(row, add(offset)))))
}
