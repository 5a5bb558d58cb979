/** How a contraction is cut: blocks of the loops, slabs of rows, panels of columns, and what is packed. */
import type { Contraction, Linear } from './contraction-form.js'
import { commonStride, depthOf, extentOf, linearRead } from './contraction-form.js'
import { WIDEST } from './contraction-tile.js'

/** Panels side by side, of as many vectors each. */
export interface Panels {
  readonly vectors: number
  /** Column of the first. */
  readonly start: number
  readonly count: number
  /** Lanes of the last vector of each. */
  readonly lastLanes: number
}

/** A factor that is read where it lies: the stride through all loops, in elements. */
export interface Direct {
  readonly read: Linear
  readonly step: number
}

export interface Blocks {
  /** Steps of the outermost loop in a block of terms, and blocks. */
  readonly steps: number
  readonly stepBlocks: number
  /** Terms of one step, and of a full block. */
  readonly innerTerms: number
  readonly terms: number
  readonly slab: number
  readonly panels: readonly Panels[]
  /** Panels of the first group that are packed at once, and how often. */
  readonly packedPanels: number
  readonly panelBlocks: number
  readonly left: Direct | null
  readonly right: Direct | null
}

/**
 * A packed panel of as many terms lies in the first-level cache, beside the rows it meets. Where panels are read in
 * place, terms lie a row of the operand apart, often in few sets of the cache, so that a quarter is better.
 */
const PACKED_TERMS = { most: 768, usual: 512 }
const DIRECT_TERMS = { most: 256, usual: 128 }
const SLAB_ROWS = 96
const SLAB_ELEMENTS = 24_576
/** Packed columns of a block: with the slab they lie in the second-level cache. */
const PACKED_ELEMENTS = 196_608

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to

const termSteps = (first: number, innerTerms: number, { most, usual }: typeof PACKED_TERMS): number => {
  if (first * innerTerms <= most) return first
  if (innerTerms > 1) return Math.max(1, Math.floor(usual / innerTerms))
  return roundUp(first / Math.ceil(first / usual), 4)
}

/** Panels of three vectors, then what is left as panels of two, or one of one. */
export const panelsOf = (columns: number): readonly Panels[] => {
  const vectors = Math.ceil(columns / 4)
  const rest = vectors % WIDEST
  const narrow = rest === 0 ? [] : rest === 2 ? [2] : vectors === 1 ? [1] : [2, 2]
  const wide = (vectors - narrow.reduce((all, width) => all + width, 0)) / WIDEST
  const widths = [...Array.from({ length: wide }, () => WIDEST), ...narrow]
  const groups: Panels[] = []
  let start = 0
  for (const width of widths) {
    const lastLanes = Math.min(4, columns - start - 4 * (width - 1))
    const last = groups.at(-1)
    if (last !== undefined && last.vectors === width && last.lastLanes === lastLanes)
      groups[groups.length - 1] = { ...last, count: last.count + 1 }
    else groups.push({ vectors: width, start, count: 1, lastLanes })
    start += 4 * width
  }
  return groups
}

const directRead = (found: Contraction, scalar: Contraction['left']): Direct | null => {
  const read = linearRead(scalar, found.kernel)
  if (read === null) return null
  const step = commonStride(
    read.loops,
    found.kernel.loops.map(({ size }) => size),
  )
  return step === null ? null : { read, step }
}

/** At multiples of as many elements, terms meet in few sets of the first-level cache; packing pays for as many columns. */
const CROWDED_STEP = 256
const CROWDED_COLUMNS = 64

/** The left factor where it lies, unless that is slower than a packed copy. */
const leftDirect = (found: Contraction): Direct | null => {
  const direct = directRead(found, found.left)
  if (direct === null || direct.step === 0 || direct.step % CROWDED_STEP !== 0) return direct
  return extentOf(found, [found.column]) < CROWDED_COLUMNS ? direct : null
}

export const blocksOf = (found: Contraction): Blocks => {
  const first = found.kernel.loops[0]?.size ?? 1
  const innerTerms = depthOf(found) / first
  const right = directRead(found, found.right)
  const isDirect = right !== null && right.read.axes[found.column] === 1
  const steps = termSteps(first, innerTerms, isDirect ? DIRECT_TERMS : PACKED_TERMS)
  const terms = steps * innerTerms
  const panels = panelsOf(extentOf(found, [found.column]))
  const wide = panels[0]?.count ?? 1
  const perPanel = terms * 4 * (panels[0]?.vectors ?? 1)
  const packedPanels = isDirect ? wide : Math.min(wide, Math.max(1, Math.floor(PACKED_ELEMENTS / perPanel)))
  const rows = extentOf(found, found.rows)
  return {
    steps,
    stepBlocks: Math.ceil(first / steps),
    innerTerms,
    terms,
    slab: Math.min(rows, SLAB_ROWS, Math.max(12, Math.floor(SLAB_ELEMENTS / terms / 6) * 6)),
    panels,
    packedPanels,
    panelBlocks: Math.ceil(wide / packedPanels),
    left: leftDirect(found),
    right: isDirect ? right : null,
  }
}

/** Bytes of one packed row of the left factor. */
export const slabRowBytes = ({ terms }: Blocks): number => roundUp(4 * terms, 16) + 16

/** Bytes of one packed panel. */
export const panelBytes = ({ terms }: Blocks, { vectors }: Panels): number => 16 * vectors * terms

/** Where the parts of a call's own memory lie, in bytes from its start. */
export const scratchOf = (blocks: Blocks) => {
  const rowAddresses = 0
  const left = roundUp(4 * blocks.slab, 64)
  const packedLeft = blocks.left === null ? blocks.slab * slabRowBytes(blocks) : 0
  const right = roundUp(left + packedLeft, 64)
  const starts: number[] = []
  let end = right
  blocks.panels.forEach((panels, i) => {
    starts.push(end)
    end += (i === 0 ? blocks.packedPanels : panels.count) * panelBytes(blocks, panels)
  })
  return { rowAddresses, left, right: starts, bytes: (blocks.right === null ? end : right) + 64 }
}
