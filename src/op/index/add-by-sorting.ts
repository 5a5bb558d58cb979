/**
 * Adding rows at indices by sorting: updates for one place become neighbours, a segmented scan (Hillis and Steele 1986,
 * log2 m passes) leaves the sum of each segment at its end, and each place reads the end of its segment. Work grows with
 * places + updates, where looking at every index for every place grows with places · updates. Sums are formed as trees.
 */
import type { Tensor } from '../../ir/tensor.js'
import { sizeOf } from '../../shape/dim.js'
import type { Builder } from '../builder.js'
import { apply1 } from '../def.js'
import type { IndexingAttributes } from './indexing.js'
import { searchSortedOp } from './search-sorted.js'

/** Sums of neighbouring rows [batch, count, row] with equal ids [batch, count], up to and with each row. */
const segmentedScan = (b: Builder, rows: Tensor, ids: Tensor, count: number): Tensor => {
  let sums = rows
  for (let step = 1; step < count; step *= 2) {
    const before = b.pad(sums, [
      [0, 0],
      [step, -step],
      [0, 0],
    ])
    const idsBefore = b.pad(ids, [
      [0, 0],
      [step, -step],
    ])
    const isSame = b.reshape(b.equal(ids, idsBefore), [...ids.shape, 1])
    sums = b.add(sums, b.select(isSame, before, b.constant(0)))
  }
  return sums
}

/** Rows [batch, count, row] added into [batch, size, row] at indices [batch, count]. */
const addSorted = (b: Builder, rows: Tensor, indices: Tensor, count: number, size: number): Tensor => {
  const batch = Number(indices.shape[0])
  const order = b.argsort(indices, 1)
  const ids = b.gather(indices, order, 1, 1)
  const sums = segmentedScan(b, b.gather(rows, order, 1, 1), ids, count)
  const places = b.iota([batch, size], 1, 'i24')
  // One more than the place of the last update for each place; a row of zeros in front stands for "none".
  const ends = apply1(searchSortedOp, { side: 'right', batchAxes: 1 }, [ids, places])
  const endSums = b.gather(
    b.pad(sums, [
      [0, 0],
      [1, 0],
      [0, 0],
    ]),
    ends,
    1,
    1,
  )
  const endIds = b.gather(
    b.pad(ids, [
      [0, 0],
      [1, 0],
    ]),
    ends,
    1,
    1,
  )
  const isMet = b.reshape(b.equal(endIds, places), [batch, size, 1])
  return b.select(isMet, endSums, b.constant(0))
}

/** scatterAdd by sorting; all sizes are known. */
export const addBySorting = (
  b: Builder,
  { axis, batchAxes, outside, size }: IndexingAttributes & { readonly size: number },
  updates: Tensor,
  indices: Tensor,
): Tensor => {
  const places = indices.shape.slice(batchAxes)
  const [batch, before, count, after] = [
    updates.shape.slice(0, batchAxes),
    updates.shape.slice(batchAxes, axis),
    places,
    updates.shape.slice(axis + places.length),
  ].map(sizeOf)
  const result = [...updates.shape.slice(0, axis), size, ...updates.shape.slice(axis + places.length)]
  if (
    batch === undefined ||
    before === undefined ||
    count === undefined ||
    after === undefined ||
    count === 0
  )
    return b.constant(0, result)
  const flat = b.reshape(indices, [batch, count])
  // What lies outside is moved to the nearest place by reading that place's number.
  const inside = outside === 'none' ? flat : b.gather(b.iota([size], 0, 'i24'), flat, 0)
  const lines = b.permute(b.reshape(updates, [batch, before, count, after]), [0, 2, 1, 3])
  const sums = addSorted(b, b.reshape(lines, [batch, count, before * after]), inside, count, size)
  return b.reshape(b.permute(b.reshape(sums, [batch, size, before, after]), [0, 2, 1, 3]), result)
}
