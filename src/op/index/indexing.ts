/** What gather and scatterAdd share: one reads rows at indices, the other adds rows there, each the other's transpose. */
import * as t from 'io-ts'
import type { Scalar } from '../../ir/scalar.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Dim } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { Builder } from '../builder.js'
import type { NdArray } from '../def.js'
import { binary, constant, dynamic, fromIndex } from '../scalar-expression.js'

/** What an index outside the axis stands for: the nearest row, or none (zeros are read, what is added is dropped). */
export type Outside = 'nearest' | 'none'

export type IndexingAttributes = {
  /** The axis of the rows, behind the batch axes. */
  readonly axis: number
  /** Leading axes that operand and indices share: each place along them has indices of its own. */
  readonly batchAxes: number
  readonly outside: Outside
}

export const indexingAttributes = {
  axis: t.number,
  batchAxes: t.number,
  outside: t.union([t.literal('nearest'), t.literal('none')]),
}

/** The row an index stands for, or -1. */
export const rowOf = (index: number, rows: number, outside: Outside): number =>
  index >= 0 && index < rows ? index : outside === 'none' ? -1 : Math.min(Math.max(index, 0), rows - 1)

/** Whether an index read as a scalar stands for row number `row`. */
export const standsFor = (index: Scalar, row: Scalar, rows: number, outside: Outside): Scalar =>
  binary('eq', outside === 'none' ? index : fromIndex(dynamic(index, rows)), row)

/** Whether an index lies in the axis. */
export const isInside = (index: Scalar, rows: number): Scalar =>
  binary('and', binary('ge', index, constant(0)), binary('lt', index, constant(rows)))

/**
 * Goes through all pairs of a row of the operand and a row of updates that an index joins, as offsets into both;
 * the row is -1 where there is none. Operand [batch, before, rows, after], updates [batch, before, count, after].
 */
export const forEachRow = (
  { axis, batchAxes, outside }: IndexingAttributes,
  operand: readonly number[],
  indices: NdArray,
  visit: (row: number, update: number, length: number) => void,
): void => {
  const rows = operand[axis] ?? 0
  const outer = sizeOf(operand.slice(0, axis))
  const before = sizeOf(operand.slice(batchAxes, axis))
  const inner = sizeOf(operand.slice(axis + 1))
  const count = sizeOf(indices.shape.slice(batchAxes))
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < count; i++) {
      const row = rowOf(indices.data[Math.floor(o / before) * count + i] ?? 0, rows, outside)
      visit(row < 0 ? -1 : (o * rows + row) * inner, (o * count + i) * inner, inner)
    }
}

/** Elements of x along an axis (counted from 0), each line by its own line of indices of the same rank. */
export const takeLines = (b: Builder, x: Tensor, indices: Tensor, axis: number): Tensor => {
  const last = x.shape.length - 1
  return b.moveAxis(
    b.gather(b.moveAxis(x, axis, last), b.moveAxis(indices, axis, last), last, last),
    last,
    axis,
  )
}

/** The transpose of `takeLines`: elements added at their indices, into `size` places of the axis. */
export const addLines = (b: Builder, updates: Tensor, indices: Tensor, axis: number, size: Dim): Tensor => {
  const last = updates.shape.length - 1
  const how = { axis: last, batchAxes: last, outside: 'nearest', size } as const
  return b.moveAxis(
    b.scatterAdd(how, b.moveAxis(updates, axis, last), b.moveAxis(indices, axis, last)),
    last,
    axis,
  )
}
