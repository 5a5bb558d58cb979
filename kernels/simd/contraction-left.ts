/** The left factor of a slab of rows: packed, or read where it lies from the start of each row. */
import { scratchOf, slabRowBytes } from './contraction-blocks.js'
import type { Contraction, Linear } from './contraction-form.js'
import { commonStride } from './contraction-form.js'
import type { Surroundings } from './contraction-pack.js'
import { decoded, packLeft } from './contraction-pack.js'
import type { TileOperands } from './contraction-tile.js'
import { addI32, get, i32, mulI32 } from './writer.js'

/** Byte address of a linear read where its coordinates are these, for the first term of the block. */
export const addressOf = ({ inputs, first }: Surroundings, read: Linear, axes: readonly string[]): string => {
  const terms = axes.map((at, axis) => mulI32(at, 4 * (read.axes[axis] ?? 0)))
  return [mulI32(first, 4 * (read.loops[0] ?? 0)), i32(4 * read.constant), ...terms].reduce(
    addI32,
    inputs[read.input] ?? '',
  )
}

/** A slab of rows, and what has been prepared for it. */
export interface Slab {
  readonly from: string
  readonly to: string
  /** Address of the output's first column in row 0 of the entry. */
  readonly out: string
  readonly outStride: number
  readonly isFirst: string | null
  readonly terms: string
}

/** The stride between rows of the left factor in bytes, where it is one. */
const rowStride = (found: Contraction, read: Linear): number | null => {
  const stride = commonStride(
    found.rows.map((axis) => read.axes[axis] ?? 0),
    found.rows.map((axis) => found.kernel.shape[axis] ?? 1),
  )
  return stride === null || stride < 0 ? null : 4 * stride
}

/** Packs the slab's rows of the left factor, or notes where each starts. */
export const prepareLeft = (around: Surroundings, { from, to }: Slab): void => {
  const { w, found, blocks } = around
  const parts = scratchOf(blocks)
  if (blocks.left === null) {
    packLeft(around, from, to, addI32('(local.get $scratch)', i32(parts.left)))
    return
  }
  const { read } = blocks.left
  if (rowStride(found, read) !== null) return
  const row = w.local('i32', 'row')
  w.loop(row, from, to, 1, () => {
    const address = addressOf(around, read, decoded(w, found, found.rows, get(row), around.axes))
    const entry = mulI32(`(i32.sub ${get(row)} ${from})`, 4)
    w.line(`(i32.store ${addI32('(local.get $scratch)', entry)} ${address})`)
  })
}

/** Where the rows from `row` on of the left factor start. */
export const leftOf = (around: Surroundings, slab: Slab, row: string, rows: number): TileOperands['left'] => {
  const { w, found, blocks } = around
  const inSlab = `(i32.sub ${row} ${slab.from})`
  if (blocks.left === null) {
    const bytes = slabRowBytes(blocks)
    const start = addI32('(local.get $scratch)', i32(scratchOf(blocks).left))
    const base = w.let('i32', 'base', addI32(start, mulI32(inSlab, bytes)))
    return (number) => ({ base, offset: number * bytes })
  }
  const { read } = blocks.left
  const stride = rowStride(found, read)
  if (stride !== null) {
    const base = w.let('i32', 'base', addI32(addressOf(around, read, around.axes), mulI32(row, stride)))
    return (number) => ({ base, offset: number * stride })
  }
  const table = w.let('i32', 'table', addI32('(local.get $scratch)', mulI32(inSlab, 4)))
  const bases = Array.from({ length: rows }, (_, number) =>
    w.let('i32', 'base', `(i32.load offset=${4 * number} ${table})`),
  )
  return (number) => ({ base: bases[number] ?? '', offset: 0 })
}
