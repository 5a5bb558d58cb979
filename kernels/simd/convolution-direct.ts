/**
 * The direct sum over the taps, on tiles of four neighbours in the lanes: blocks of outputs along the innermost axis of
 * the grid stay in registers while all taps pass. The taps before a causal block are a rectangle, those at it a triangle.
 */
import { blockOf } from './convolution-cost.js'
import type { Frame, Position } from './convolution-frame.js'
import { entryAt, overSummed, overUnits } from './convolution-frame.js'
import type { GridAxis } from './convolution-sum.js'
import type { Tile } from './convolution-tile.js'
import { fill, finish } from './convolution-tile.js'
import type { SimdKernel } from './kernel.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, mulI32, multiplyAdd, writer } from './writer.js'

const VECTOR = 16
/** Taps of a rectangle taken at once. */
const TAPS = 4

interface Layout {
  readonly block: number
  /** Points of the innermost axis, up to whole blocks. */
  readonly padded: number
  readonly taps: Tile
  readonly source: Tile
  readonly sums: Tile
  readonly bytes: number
  /** Bytes of the tile of sums. */
  readonly tileBytes: number
}

const layoutOf = (grid: readonly GridAxis[]): Layout => {
  const inner = grid.at(-1) ?? { axis: 0, size: 1, circular: false }
  const block = blockOf(inner)
  const padded = Math.ceil(inner.size / block) * block
  const rows = grid.slice(0, -1).reduce((all, { size }) => all * size, 1)
  const sourceLine = inner.circular ? inner.size + padded : padded
  const pitches = (line: number): readonly number[] =>
    grid.map((_, axis) =>
      axis === grid.length - 1
        ? VECTOR
        : VECTOR * line * grid.slice(axis + 1, -1).reduce((all, { size }) => all * size, 1),
    )
  const bytes = VECTOR * rows * padded
  const at = (offset: number): string => addI32(get('$scratch'), i32(offset))
  return {
    block,
    padded,
    taps: { base: at(0), pitches: pitches(padded) },
    sums: { base: at(bytes), pitches: pitches(padded) },
    source: { base: at(2 * bytes), pitches: pitches(sourceLine) },
    tileBytes: bytes,
    bytes: 2 * bytes + VECTOR * rows * sourceLine,
  }
}

const load = (address: string, index: number): string => `(v128.load offset=${VECTOR * index} ${address})`

/** Sum m += tap t · source point m − t, for all pairs whose difference is from `from` to `to`. */
const multiply = (
  w: Writer,
  sums: readonly string[],
  taps: readonly string[],
  from: number,
  to: number,
  source: (difference: number) => string,
): void => {
  for (let difference = from; difference <= to; difference += 1) {
    const point = w.let('v128', 'x', source(difference))
    taps.forEach((tap, t) => {
      const sum = sums[difference + t]
      if (sum !== undefined) w.line(`(local.set ${sum} ${multiplyAdd(w.features, tap, point, get(sum))})`)
    })
  }
}

/** `count` taps before all points of the block. */
const rectangle = (w: Writer, sums: readonly string[], taps: string, source: string, count: number): void => {
  const bound = Array.from({ length: count }, (_, t) => w.let('v128', 'k', load(taps, t)))
  // The first point read lies `count − 1` before the source address.
  const lowest = w.let('i32', 'lowest', `(i32.sub ${source} ${i32(VECTOR * (count - 1))})`)
  multiply(w, sums, bound, 1 - count, sums.length - 1, (difference) => load(lowest, difference + count - 1))
}

/** The taps at the block itself, of which output m takes those up to m. */
const triangle = (w: Writer, sums: readonly string[], taps: string, source: string): void => {
  for (let first = 0; first < sums.length; first += TAPS) {
    const bound = Array.from({ length: TAPS }, (_, t) => w.let('v128', 'k', load(taps, first + t)))
    multiply(w, sums.slice(first), bound, 0, sums.length - 1 - first, (difference) =>
      load(source, difference),
    )
  }
}

/** One line of taps on one line of the source, for the block of outputs at `block` bytes. */
const lineOfTaps = (
  w: Writer,
  { size, circular }: GridAxis,
  sums: readonly string[],
  taps: string,
  source: string,
  block: string,
): void => {
  const tap = w.local('i32', 'tap')
  const from = w.let('i32', 'from', `(i32.add ${source} ${block})`)
  const point = (): string => w.let('i32', 'source', `(i32.sub ${from} ${get(tap)})`)
  const here = (): string => w.let('i32', 'taps', `(i32.add ${taps} ${get(tap)})`)
  const whole = circular ? i32(VECTOR * (size - (size % TAPS))) : block
  w.loop(tap, i32(0), whole, VECTOR * TAPS, () => rectangle(w, sums, here(), point(), TAPS))
  if (!circular) triangle(w, sums, w.let('i32', 'taps', `(i32.add ${taps} ${block})`), source)
  else if (size % TAPS > 0) {
    w.line(`(local.set ${tap} ${whole})`)
    rectangle(w, sums, here(), point(), size % TAPS)
  }
}

/** Bytes to the line of the source that tap `p` takes for output `i` of an outer axis. */
const differenceBytes = (
  w: Writer,
  { size, circular }: GridAxis,
  i: string,
  p: string,
  pitch: number,
): string => {
  const difference = w.let('i32', 'back', `(i32.sub ${i} ${p})`)
  if (!circular) return mulI32(difference, pitch)
  const turn = `(i32.and ${i32(size)} (i32.shr_s ${difference} ${i32(31)}))`
  return mulI32(`(i32.add ${difference} ${turn})`, pitch)
}

/** All sums of the grid: loops over outputs, then, with a block in registers, over the taps. */
const convolve = (w: Writer, { sum: { grid } }: Frame, layout: Layout): void => {
  const { block, padded, taps, source, sums } = layout
  const inner = grid.at(-1)
  if (inner === undefined) return
  const registers = Array.from({ length: block }, () => w.local('v128', 'sum'))
  const start = inner.circular ? addI32(source.base, i32(VECTOR * inner.size)) : source.base

  const overTaps = (
    axis: number,
    at: readonly string[],
    tapLine: string,
    sourceLine: string,
    j: string,
  ): void => {
    const tap = grid[axis]
    const i = at[axis]
    if (axis === grid.length - 1 || tap === undefined || i === undefined) {
      lineOfTaps(w, inner, registers, tapLine, sourceLine, j)
      return
    }
    const p = w.local('i32', 'p')
    const end = tap.circular ? i32(tap.size) : w.let('i32', 'extent', addI32(i, i32(1)))
    w.loop(p, i32(0), end, 1, () => {
      const nextTap = w.let('i32', 'k', addI32(tapLine, mulI32(get(p), taps.pitches[axis] ?? 0)))
      const back = differenceBytes(w, tap, i, get(p), source.pitches[axis] ?? 0)
      overTaps(axis + 1, at, nextTap, w.let('i32', 'x', addI32(sourceLine, back)), j)
    })
  }
  const overOutputs = (axis: number, at: readonly string[], line: string): void => {
    const tap = grid[axis]
    if (tap === undefined) return
    const i = w.local('i32', 'i')
    if (axis < grid.length - 1) {
      w.loop(i, i32(0), i32(tap.size), 1, () =>
        overOutputs(
          axis + 1,
          [...at, get(i)],
          w.let('i32', 'line', addI32(line, mulI32(get(i), sums.pitches[axis] ?? 0))),
        ),
      )
      return
    }
    w.loop(i, i32(0), i32(VECTOR * padded), VECTOR * block, () => {
      const to = w.let('i32', 'to', addI32(line, get(i)))
      registers.forEach((register, m) => w.line(`(local.set ${register} ${load(to, m)})`))
      overTaps(0, at, taps.base, start, get(i))
      registers.forEach((register, m) => w.line(`(v128.store offset=${VECTOR * m} ${to} ${get(register)})`))
    })
  }
  overOutputs(0, [], sums.base)
}

const store = (w: Writer) => (address: string, value: string) => w.line(`(v128.store ${address} ${value})`)

/** Stores a point of the source, along a circular innermost axis twice. */
const storeSource = (w: Writer, { sum: { grid } }: Frame) => {
  const inner = grid.at(-1)
  if (inner?.circular !== true) return store(w)
  return (address: string, value: string): void => {
    const bound = w.let('v128', 'value', value)
    w.line(`(v128.store ${address} ${bound})`)
    w.line(`(v128.store offset=${VECTOR * inner.size} ${address} ${bound})`)
  }
}

const clear = (w: Writer, from: string, bytes: number): void =>
  w.line(`(memory.fill ${from} ${i32(0)} ${i32(bytes)})`)

/** The kernel that takes the direct sum. */
export const directKernel = (frame: Frame): SimdKernel => {
  const w = writer(frame.features)
  const { kernel, filter, signal, sum } = frame
  const layout = layoutOf(sum.grid)
  const { taps, source, sums } = layout
  // What is padding only meets padding, but numbers too small to be normal would be slow.
  clear(w, get('$scratch'), layout.bytes)
  const steady = filter.loops.size === 0
  const fillTaps = (at: Position): void => fill(w, frame, filter.scalar, at, taps, store(w))
  overUnits(
    w,
    frame,
    (at) => {
      if (steady) fillTaps(at)
    },
    1,
    (unit, entry) => {
      const at = entryAt(w, frame, unit, entry)
      clear(w, sums.base, layout.tileBytes)
      overSummed(w, frame, sum.summed, at, (turn) => {
        if (!steady) fillTaps(turn)
        fill(w, frame, signal.scalar, turn, source, storeSource(w, frame))
        convolve(w, frame, layout)
      })
      finish(w, frame, at, sums, (address) => `(v128.load ${address})`)
    },
  )
  return {
    name: `${kernel.name} directly`,
    text: w.module(`${kernel.name} directly`, kernel.inputs.length),
    units: frame.units,
    rowwise: false,
    grain: 1,
    scratchBytes: layout.bytes,
  }
}
