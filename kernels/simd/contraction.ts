/**
 * Contractions: out = epilogue(Σ left · right) by register tiles. A factor that is no plain read along the tile is
 * packed first; long sums go in blocks whose partial sums wait in the output. Every element is one chain of
 * multiply-adds in the order of the loops, so how the work is divided does not show in the bits.
 */
import type { ScalarKernel } from '../../src/ir/scalar.js'
import { axisVariable } from './address.js'
import type { Blocks, Panels } from './contraction-blocks.js'
import { blocksOf, panelBytes, scratchOf } from './contraction-blocks.js'
import type { Contraction } from './contraction-form.js'
import { contractionOf, depthOf, extentOf } from './contraction-form.js'
import type { Slab } from './contraction-left.js'
import { addressOf, leftOf, prepareLeft } from './contraction-left.js'
import type { Surroundings } from './contraction-pack.js'
import { decoded, packRight } from './contraction-pack.js'
import { storeLanes, tile, tileRows } from './contraction-tile.js'
import { vectorOf } from './expression.js'
import { hoisted } from './hoist.js'
import type { Features, SimdKernel } from './kernel.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, mulI32, writer } from './writer.js'

const minimum = (a: string, b: string): string => `(select ${a} ${b} (i32.lt_s ${a} ${b}))`
const maximum = (a: string, b: string): string => `(select ${a} ${b} (i32.gt_s ${a} ${b}))`

/** counter from 0 below count, in one go where that is 1. */
const overAll = (w: Writer, hint: string, count: number, body: (at: string) => void): void => {
  if (count === 1) {
    body(i32(0))
    return
  }
  const counter = w.local('i32', hint)
  w.loop(counter, i32(0), i32(count), 1, () => body(get(counter)))
}

/** All tiles of one panel in a slab, the tallest first. */
const panelTiles = (
  around: Surroundings,
  slab: Slab,
  panels: Panels,
  column: string,
  right: string,
): void => {
  const { w, blocks } = around
  const row = w.local('i32', 'row')
  const tallest = tileRows(panels.vectors)
  w.line(`(local.set ${row} ${slab.from})`)
  const one = (rows: number): void => {
    const out = addI32(slab.out, addI32(mulI32(get(row), slab.outStride), mulI32(column, 4)))
    tile(w, rows, panels.vectors, panels.lastLanes, {
      left: leftOf(around, slab, get(row), rows),
      leftStep: blocks.left === null ? 4 : 4 * blocks.left.step,
      right,
      rightStep: blocks.right === null ? 16 * panels.vectors : 4 * blocks.right.step,
      out: w.let('i32', 'tileOut', out),
      outStride: slab.outStride,
      terms: slab.terms,
      isFirst: slab.isFirst,
    })
    w.line(`(local.set ${row} (i32.add ${get(row)} ${i32(rows)}))`)
  }
  const left = `(i32.sub ${slab.to} ${get(row)})`
  const again = row.replace('$', '$rows')
  w.block(`(loop ${again} (if (i32.ge_s ${left} ${i32(tallest)}) (then`, () => {
    one(tallest)
    w.line(`(br ${again})`)
  })
  for (const rows of [3, 2, 1])
    if (rows < tallest) w.block(`(if (i32.ge_s ${left} ${i32(rows)}) (then`, () => one(rows))
}

/** The columns [from, to) of the slab, raw sums in the output, become the kernel's values. */
const finish = (around: Surroundings, slab: Slab, from: string, to: string): void => {
  const { w, found, inputs } = around
  const { epilogue } = found.kernel
  if (epilogue === null) return
  const columns = extentOf(found, [found.column])
  const lanes = columns % 4
  const row = w.local('i32', 'row')
  const column = w.local('i32', 'column')
  const lane = { kind: 'axis', number: found.column } as const
  w.loop(row, slab.from, slab.to, 1, () => {
    const coordinates = decoded(w, found, found.rows, get(row), around.axes)
    const start = w.let('i32', 'rowOut', addI32(slab.out, mulI32(get(row), slab.outStride)))
    const inner = new Set([axisVariable(found.column), 'accumulator'])
    const place = hoisted(
      w,
      [epilogue],
      { axes: coordinates, loops: [], lane, width: 4, inputs },
      inner,
      true,
    )
    const at = (first: string, width: 1 | 2 | 3 | 4): void => {
      const target = w.let('i32', 'target', addI32(start, mulI32(first, 4)))
      const accumulator = w.let('v128', 'accumulator', `(v128.load ${target})`)
      const axes = coordinates.with(found.column, first)
      const value = vectorOf(w, epilogue, { ...place, axes, width, accumulator })
      storeLanes(w, target, 0, width === 4 ? value : w.let('v128', 'value', value), width)
    }
    const whole = lanes === 0 ? to : w.let('i32', 'whole', minimum(to, i32(columns - lanes)))
    w.loop(column, from, whole, 4, () => at(get(column), 4))
    if (lanes === 1 || lanes === 2 || lanes === 3)
      w.block(`(if (i32.gt_s ${to} ${whole}) (then`, () => at(whole, lanes))
  })
}

/** The groups of panels of one block of columns: which of each, and where they are packed. */
interface PanelRange {
  readonly panels: Panels
  readonly from: string
  readonly to: string
  readonly packed: string
}

const rangesOf = (w: Writer, blocks: Blocks, block: string): readonly PanelRange[] => {
  const { right } = scratchOf(blocks)
  return blocks.panels.map((panels, i) => {
    const packed = addI32('(local.get $scratch)', i32(right[i] ?? 0))
    if (blocks.panelBlocks === 1) return { panels, from: i32(0), to: i32(panels.count), packed }
    if (i > 0) {
      // The narrow panels belong to the last block.
      const isLast = `(i32.eq ${block} ${i32(blocks.panelBlocks - 1)})`
      return { panels, from: i32(0), to: w.let('i32', 'last', mulI32(isLast, panels.count)), packed }
    }
    const from = w.let('i32', 'from', mulI32(block, blocks.packedPanels))
    const to = minimum(`(i32.add ${from} ${i32(blocks.packedPanels)})`, i32(panels.count))
    return { panels, from, to: w.let('i32', 'to', to), packed }
  })
}

/** Multiplies the panels with a slab. */
const slabPanels = (around: Surroundings, slab: Slab, ranges: readonly PanelRange[]): void => {
  const { w, found, blocks } = around
  for (const { panels, from, to, packed } of ranges) {
    const panel = w.local('i32', 'panel')
    w.loop(panel, from, to, 1, () => {
      const column = w.let('i32', 'column', addI32(mulI32(get(panel), 4 * panels.vectors), i32(panels.start)))
      const inPack = mulI32(`(i32.sub ${get(panel)} ${from})`, panelBytes(blocks, panels))
      const right =
        blocks.right === null
          ? addI32(packed, inPack)
          : addressOf(around, blocks.right.read, around.axes.with(found.column, column))
      panelTiles(around, slab, panels, column, w.let('i32', 'right', right))
    })
  }
}

/** First column of the ranges and the one after their last. */
const columnsOf = (w: Writer, found: Contraction, blocks: Blocks, ranges: readonly PanelRange[]) => {
  const columns = extentOf(found, [found.column])
  const [first] = ranges
  if (blocks.panelBlocks === 1 || first === undefined) return { from: i32(0), to: i32(columns) }
  const width = 4 * first.panels.vectors
  const isLast = `(i32.eq ${first.to} ${i32(first.panels.count)})`
  const end = `(select ${i32(columns)} ${mulI32(first.to, width)} ${isLast})`
  return { from: w.let('i32', 'from', mulI32(first.from, width)), to: w.let('i32', 'to', end) }
}

/** Rows [from, to) of one entry at one place of the inner axes. */
const rowsOfEntry = (
  outer: Omit<Surroundings, 'first' | 'end'>,
  rows: { readonly from: string; readonly to: string; readonly out: string; readonly outStride: number },
): void => {
  const { w, found, blocks } = outer
  const size = found.kernel.loops[0]?.size ?? 1
  const termBlocks = blocks.stepBlocks
  overAll(w, 'columnBlock', blocks.panelBlocks, (columnBlock) => {
    const ranges = rangesOf(w, blocks, columnBlock)
    const columns = columnsOf(w, found, blocks, ranges)
    overAll(w, 'termBlock', termBlocks, (block) => {
      const single = termBlocks === 1
      const first = single ? i32(0) : w.let('i32', 'first', mulI32(block, blocks.steps))
      const end = single
        ? i32(size)
        : w.let('i32', 'end', minimum(addI32(first, i32(blocks.steps)), i32(size)))
      const around: Surroundings = { ...outer, first, end }
      if (blocks.right === null)
        for (const { panels, from, to, packed } of ranges) packRight(around, panels, from, to, packed)
      const from = w.local('i32', 'slab')
      const to = w.local('i32', 'slabEnd')
      w.loop(from, rows.from, rows.to, blocks.slab, () => {
        w.line(`(local.set ${to} ${minimum(addI32(get(from), i32(blocks.slab)), rows.to)})`)
        const slab: Slab = {
          ...rows,
          from: get(from),
          to: get(to),
          isFirst: single ? null : `(i32.eqz ${block})`,
          terms: mulI32(single ? end : `(i32.sub ${end} ${first})`, blocks.innerTerms),
        }
        prepareLeft(around, slab)
        slabPanels(around, slab, ranges)
        const done = (): void => finish(around, slab, columns.from, columns.to)
        if (single) done()
        else w.block(`(if (i32.eq ${block} ${i32(termBlocks - 1)}) (then`, done)
      })
    })
  })
}

/** All rows that the call is for, entry by entry. */
const writeCalls = (w: Writer, found: Contraction, blocks: Blocks): void => {
  const rows = extentOf(found, found.rows)
  const inner = extentOf(found, found.inner)
  const bytes = 4 * extentOf(found, [found.column])
  const none = found.kernel.shape.map(() => i32(0))
  const inputs = found.kernel.inputs.map((_, i) => get(`$in${i}`))
  const oneEntry = (entry: string, from: string, to: string): void => {
    const start = w.let('i32', 'entryOut', addI32('(local.get $out)', mulI32(entry, rows * inner * bytes)))
    const axes = decoded(w, found, found.entries, entry, none)
    overAll(w, 'inner', inner, (at) => {
      const outer = { w, found, blocks, inputs, axes: decoded(w, found, found.inner, at, axes) }
      const out = w.let('i32', 'placeOut', addI32(start, mulI32(at, bytes)))
      rowsOfEntry(outer, { from, to, out, outStride: inner * bytes })
    })
  }
  if (extentOf(found, found.entries) === 1) {
    oneEntry(i32(0), '(local.get $begin)', '(local.get $end)')
    return
  }
  const entry = w.local('i32', 'entry')
  const last = w.let('i32', 'last', `(i32.div_u (i32.add (local.get $end) ${i32(rows - 1)}) ${i32(rows)})`)
  w.loop(entry, `(i32.div_u (local.get $begin) ${i32(rows)})`, last, 1, () => {
    const before = w.let('i32', 'before', mulI32(get(entry), rows))
    const from = w.let('i32', 'from', `(i32.sub (local.get $begin) ${before})`)
    const to = w.let('i32', 'to', `(i32.sub (local.get $end) ${before})`)
    oneEntry(
      get(entry),
      w.let('i32', 'rowFrom', maximum(from, i32(0))),
      w.let('i32', 'rowTo', minimum(to, i32(rows))),
    )
  })
}

/** Rows that pay for packing the right factor or for fetching it, and work that pays for a call. */
const PACKING_ROWS = 96
const DIRECT_ROWS = 24
const CALL_WORK = 200_000
/** Where there are as many entries, each may go as a whole. */
const MANY_ENTRIES = 16

const grainOf = (found: Contraction, blocks: Blocks): number => {
  const rows = extentOf(found, found.rows)
  const workOf = (units: number): number =>
    2 * depthOf(found) * extentOf(found, [found.column, ...found.inner]) * units
  const packing = extentOf(found, found.entries) >= MANY_ENTRIES ? rows : Math.ceil(rows / 4)
  // Of few rows, a quarter: as many threads are worth more than what packing costs.
  const least = blocks.right === null ? Math.min(PACKING_ROWS, Math.max(DIRECT_ROWS, packing)) : DIRECT_ROWS
  if (least < rows && workOf(least) >= CALL_WORK) return 6 * Math.ceil(least / 6)
  const whole = workOf(rows) >= CALL_WORK ? 1 : Math.ceil(CALL_WORK / workOf(rows))
  return least < rows && whole === 1 ? 6 * Math.ceil(CALL_WORK / workOf(1) / 6) : whole * rows
}

/**
 * The kernel as a contraction by register tiles, its units rows of the output; null where it is no sum of products
 * of two factors over enough rows and columns.
 */
export const contraction = (kernel: ScalarKernel, features: Features): SimdKernel | null => {
  const found = contractionOf(kernel)
  if (found === null) return null
  const blocks = blocksOf(found)
  const w = writer(features)
  writeCalls(w, found, blocks)
  const units = extentOf(found, [...found.entries, ...found.rows])
  return {
    name: kernel.name,
    text: w.module(kernel.name, kernel.inputs.length),
    units,
    rowwise: true,
    grain: Math.min(units, grainOf(found, blocks)),
    scratchBytes: scratchOf(blocks).bytes,
  }
}
