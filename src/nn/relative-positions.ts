/** Scores by relative position (Shaw et al. 2018; Swin, Liu et al. 2021): a learned number an offset and head. */
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import { fromArray } from '../op/leaf/constant.js'
import { sizeOf } from '../shape/dim.js'

/** How many offsets two places of a grid can have: the product of 2·size − 1. */
export const offsetCount = (grid: readonly number[]): number => sizeOf(grid.map((size) => 2 * size - 1))

/**
 * For places a and b of a grid the number of the offset a − b, in row-major order of offsets from the most
 * negative on: [places · places].
 */
export const offsetNumbers = (grid: readonly number[]): readonly number[] => {
  let numbers: readonly (readonly number[])[] = [[0]]
  for (const size of grid) {
    const before = numbers
    const places = before.length
    numbers = Array.from({ length: places * size }, (_, a) =>
      Array.from(
        { length: places * size },
        (_, b) =>
          (before[Math.floor(a / size)]?.[Math.floor(b / size)] ?? 0) * (2 * size - 1) +
          ((a % size) - (b % size) + size - 1),
      ),
    )
  }
  return numbers.flat()
}

/** The addition to the scores of all pairs of places: table [offsets, heads] → [heads, places, places]. */
export const relativeBias = (table: Tensor, grid: readonly number[]): Tensor => {
  const places = sizeOf(grid)
  const heads = table.shape[1] ?? 1
  const rows = build.gather(table, fromArray(offsetNumbers(grid), [places * places], 'i24'), 0)
  return build.reshape(build.permute(rows, [1, 0]), [heads, places, places])
}
