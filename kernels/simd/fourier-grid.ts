/** Transforms of a grid of lines over four lanes, within a kernel: where everything lies, and which lines are taken. */
import type { ConvolvedAxis, Line } from './convolution-cost.js'
import { lineOf } from './convolution-cost.js'
import type { Tile } from './convolution-tile.js'
import { POINT, forwardLine, inverseLine, tableLengths } from './fourier-line.js'
import { tableBytes, writeTable } from './fourier-table.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, mulI32 } from './writer.js'

/** Where the arrays of a kernel's transforms lie in its scratch. */
export interface Layout {
  readonly lines: readonly Line[]
  /** The array that is transformed, with the points of the outermost axis that are read and written. */
  readonly work: Tile
  readonly workBytes: number
  /** One line of the longest length. */
  readonly buffer: string
  /** The filter's spectrum, or the sum of squares: the outermost axis is innermost. */
  readonly spectrum: string
  readonly spectrumBytes: number
  readonly tables: ReadonlyMap<number, string>
  readonly bytes: number
}

const productOf = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)

export const layoutOf = (grid: readonly ConvolvedAxis[]): Layout => {
  const lines = grid.map(lineOf)
  const [outermost] = lines
  let bytes = 0
  const place = (size: number): string => {
    const at = addI32(get('$scratch'), i32(bytes))
    bytes += 64 * Math.ceil(size / 64)
    return at
  }
  const tables = new Map(
    [...new Set(lines.map(({ length }) => length))].map((length) => [
      length,
      place(tableLengths(length).reduce((sum, each) => sum + tableBytes(each), 0)),
    ]),
  )
  const buffer = place(POINT * Math.max(...lines.map(({ length }) => length)))
  // Lines are two points longer, so that neighbours of the outer axes do not share the cache's sets.
  const pitches = lines.map((_, axis) =>
    axis === lines.length - 1
      ? POINT
      : POINT *
        ((lines.at(-1)?.length ?? 1) + 2) *
        productOf(lines.slice(axis + 1, -1).map(({ length }) => length)),
  )
  const held = outermost?.halfSignal === true ? outermost.length / 2 : (outermost?.length ?? 1)
  const workBytes = held * (pitches[0] ?? POINT)
  const spectrumBytes = POINT * productOf(lines.map(({ length }) => length))
  const work = { base: place(workBytes), pitches }
  const spectrum = place(spectrumBytes)
  return { lines, tables, buffer, work, workBytes, spectrum, spectrumBytes, bytes }
}

export const load = (address: string, offset = 0): string => `(v128.load offset=${offset} ${address})`
export const clear = (w: Writer, from: string, bytes: number): void =>
  w.line(`(memory.fill ${from} ${i32(0)} ${i32(bytes)})`)

const tableOf = ({ tables }: Layout, { length }: Line): string => tables.get(length) ?? i32(0)

/** Loops over coordinates of some axes of the work array, with the address. */
export const overAxes = (
  w: Writer,
  work: Tile,
  axes: readonly { readonly axis: number; readonly size: number }[],
  body: (address: string) => void,
  base: string = work.base,
): void => {
  const [first, ...rest] = axes
  if (first === undefined) {
    body(base)
    return
  }
  const counter = w.local('i32', 'line')
  w.loop(counter, i32(0), i32(first.size), 1, () => {
    const pitch = work.pitches[first.axis] ?? 0
    const at = w.let('i32', 'at', addI32(base, mulI32(get(counter), pitch)))
    overAxes(w, work, rest, body, at)
  })
}

/** Points of the buffer from or to a line that is not in one piece. */
const copyLine = (
  w: Writer,
  layout: Layout,
  axis: number,
  at: string,
  length: number,
  isBack: boolean,
): void => {
  const counter = w.local('i32', 'copy')
  const pitch = layout.work.pitches[axis] ?? 0
  w.loop(counter, i32(0), i32(length), 1, () => {
    const there = w.let('i32', 'there', addI32(at, mulI32(get(counter), pitch)))
    const here = w.let('i32', 'here', addI32(layout.buffer, mulI32(get(counter), POINT)))
    const [from, to] = isBack ? [here, there] : [there, here]
    w.line(`(v128.store ${to} ${load(from)})`)
    w.line(`(v128.store offset=16 ${to} ${load(from, 16)})`)
  })
}

/** Which lines of the other axes count: all further in, and further out those that are not zero or are asked for. */
const linesAround = (
  { lines }: Layout,
  axis: number,
  count: (line: Line) => number,
): readonly { readonly axis: number; readonly size: number }[] =>
  lines.flatMap((line, other) =>
    other === axis ? [] : [{ axis: other, size: other < axis ? count(line) : line.length }],
  )

/** Forward along all axes but the outermost. */
export const forwardInner = (w: Writer, layout: Layout, of: 'filter' | 'signal'): void => {
  const isHalf = (line: Line): boolean => (of === 'filter' ? line.halfFilter : line.halfSignal)
  for (const [axis, line] of [...layout.lines.entries()].slice(1).toReversed()) {
    const call = `call ${w.use(forwardLine(line.length, isHalf(line)))}`
    const pitch = layout.work.pitches[axis] ?? POINT
    const around = linesAround(layout, axis, (other) => (isHalf(other) ? other.size : other.length))
    overAxes(w, layout.work, around, (at) => {
      const isWhole = pitch === POINT
      const to = isWhole ? at : layout.buffer
      w.line(`(${call} ${at} ${i32(pitch)} ${to} ${tableOf(layout, line)})`)
      if (!isWhole) copyLine(w, layout, axis, at, line.length, true)
    })
  }
}

/** Back along all axes but the outermost. */
export const inverseInner = (w: Writer, layout: Layout): void => {
  for (const [axis, line] of [...layout.lines.entries()].slice(1)) {
    const call = `call ${w.use(inverseLine(line.length, line.halfOut))}`
    const pitch = layout.work.pitches[axis] ?? POINT
    const around = linesAround(layout, axis, ({ size }) => size)
    overAxes(w, layout.work, around, (at) => {
      const isWhole = pitch === POINT
      if (!isWhole) copyLine(w, layout, axis, at, line.length, false)
      w.line(`(${call} ${isWhole ? at : layout.buffer} ${at} ${i32(pitch)} ${tableOf(layout, line)})`)
    })
  }
}

/** Each line of the outermost axis, with its part of the spectrum. */
export const overOutermost = (
  w: Writer,
  layout: Layout,
  body: (line: string, spectrum: string) => void,
): void => {
  const [outermost] = layout.lines
  const slot = w.local('i32', 'slot')
  w.line(`(local.set ${slot} ${layout.spectrum})`)
  overAxes(
    w,
    layout.work,
    linesAround(layout, 0, ({ length }) => length),
    (line) => {
      body(line, get(slot))
      w.line(`(local.set ${slot} ${addI32(get(slot), i32(POINT * (outermost?.length ?? 1)))})`)
    },
  )
}

export const forwardOutermost = (
  w: Writer,
  layout: Layout,
  of: 'filter' | 'signal',
  line: string,
  to: string,
): void => {
  const [outermost] = layout.lines
  if (outermost === undefined) return
  const half = of === 'filter' ? outermost.halfFilter : outermost.halfSignal
  const name = w.use(forwardLine(outermost.length, half))
  w.line(`(call ${name} ${line} ${i32(layout.work.pitches[0] ?? 0)} ${to} ${tableOf(layout, outermost)})`)
}

export const inverseOutermost = (w: Writer, layout: Layout, from: string, line: string): void => {
  const [outermost] = layout.lines
  if (outermost === undefined) return
  const name = w.use(inverseLine(outermost.length, outermost.halfOut))
  w.line(`(call ${name} ${from} ${line} ${i32(layout.work.pitches[0] ?? 0)} ${tableOf(layout, outermost)})`)
}

/** Writes the tables of all lengths; once in a call. */
export const writeTables = (w: Writer, { tables, work }: Layout): void => {
  for (const [length, start] of tables) {
    let at = start
    for (const each of tableLengths(length)) {
      writeTable(w, each, at, work.base)
      at = addI32(at, i32(tableBytes(each)))
    }
  }
}
