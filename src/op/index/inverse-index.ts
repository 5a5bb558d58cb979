/**
 * Adding rows at indices that are known while tracing: for each place the updates that go there are listed, padded
 * with -1 to the longest list, and the sum over each list is a gather. No place looks at an update of another.
 */
import type { Tensor } from '../../ir/tensor.js'
import { concreteShape, sizeOf } from '../../shape/dim.js'
import type { Builder } from '../builder.js'
import { fromArray } from '../leaf/constant.js'
import type { IndexingAttributes } from './indexing.js'
import { rowOf } from './indexing.js'
import type { ScatterAddAttributes } from './scatter-add.js'

/** Below so many updates a place, lists are always shorter work than looking at every index. */
const SHORT = 4
/** Elements a table of lists may have. */
const TABLE_LIMIT = 2 ** 22

/** Values of a constant tensor, or null. */
const knownValues = ({ node }: Tensor): Float32Array | Float64Array | null => {
  const values = node.op === 'constant' ? node.attrs['values'] : undefined
  return values instanceof Float32Array || values instanceof Float64Array ? values : null
}

/** For each place of each batch, the positions of the indices that stand for it. */
const listsOf = (
  values: Float32Array | Float64Array,
  count: number,
  size: number,
  outside: IndexingAttributes['outside'],
): readonly (readonly number[])[] => {
  const batches = count === 0 ? 0 : values.length / count
  const lists = Array.from({ length: batches * size }, (): number[] => [])
  values.forEach((index, i) => {
    const place = rowOf(index, size, outside)
    if (place >= 0) lists[Math.floor(i / count) * size + place]?.push(i % count)
  })
  return lists
}

/** scatterAdd as a sum over lists; null where the indices are not known, or looking at every index is no more work. */
export const addByLists = (
  b: Builder,
  { axis, batchAxes, outside, size }: ScatterAddAttributes,
  updates: Tensor,
  indices: Tensor,
): Tensor | null => {
  const values = knownValues(indices)
  const shape = concreteShape(indices.shape)
  if (values === null || shape === null || typeof size !== 'number' || values.length === 0) return null
  const places = shape.slice(batchAxes)
  const count = sizeOf(places)
  const lists = listsOf(values, count, size, outside)
  const longest = lists.reduce((most, list) => Math.max(most, list.length), 1)
  if (longest > SHORT && (2 * longest > count || lists.length * longest > TABLE_LIMIT)) return null
  const table = Float64Array.from(
    lists.flatMap((list) => Array.from({ length: longest }, (_, i) => list[i] ?? -1)),
  )
  const flat = b.reshape(updates, updates.shape.toSpliced(axis, places.length, count))
  const chosen = fromArray(table, [...shape.slice(0, batchAxes), size, longest], 'i24')
  return b.sum(b.gather(flat, chosen, axis, batchAxes, 'none'), [axis + 1])
}
