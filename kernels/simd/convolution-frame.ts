/** How the work of a long convolution is laid out: what runs along the lanes, what a unit does, how it counts. */
import type { ScalarKernel } from '../../src/ir/scalar.js'
import type { ConvolutionSum, Factor } from './convolution-sum.js'
import type { VectorOf } from './expression.js'
import type { Features } from './kernel.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, mulI32 } from './writer.js'

/** A coordinate that is counted: an axis of the output, or the blocks of four along the lanes. */
export interface Counter {
  readonly axis: number | 'block'
  readonly size: number
}

export interface Arrangement {
  readonly kernel: ScalarKernel
  readonly sum: ConvolutionSum
  /** The output's axis along the lanes, none of the grid; null where there is no other. */
  readonly lane: number | null
  readonly laneSize: number
  readonly blocks: number
  /** What is transformed or loaded once for all entries of a unit. */
  readonly filter: Factor
  /** What differs between entries. */
  readonly signal: Factor
  /** Coordinates that the filter depends on: a unit has one value of each. */
  readonly perUnit: readonly Counter[]
  /** Coordinates that it does not depend on: a unit walks through them, or through a part. */
  readonly perEntry: readonly Counter[]
  readonly entries: number
  /** Entries of one unit, of which the last may have fewer. */
  readonly entriesPerUnit: number
  readonly units: number
}

/** An arrangement that is being written. */
export interface Frame extends Arrangement {
  readonly features: Features
  readonly vectorOf: VectorOf
}

const productOf = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)

/** Units below which the entries of one filter are split. */
const FEWEST_UNITS = 8

/** Lanes in use, on average. */
const use = (size: number): number => size / (4 * Math.ceil(size / 4))

/** The axis whose four neighbours fill the lanes best; of equals one that both factors vary along, then the innermost. */
const laneOf = (shape: readonly number[], outer: readonly number[], filter: Factor): number | null =>
  outer.reduce<number | null>((best, axis) => {
    if (best === null) return axis
    const [here, there] = [use(shape[axis] ?? 1), use(shape[best] ?? 1)]
    if (Math.abs(here - there) > 0.2) return here > there ? axis : best
    const preferred = filter.axes.has(axis) || !filter.axes.has(best)
    return preferred ? axis : best
  }, null)

export const arrangementOf = (kernel: ScalarKernel, sum: ConvolutionSum): Arrangement => {
  const { shape } = kernel
  const onGrid = new Set(sum.grid.map(({ axis }) => axis))
  const outer = shape.flatMap((size, axis) => (onGrid.has(axis) || size === 1 ? [] : [axis]))
  const [first, second] = sum.factors
  const placesOf = ({ axes, loops }: Factor): number =>
    productOf([
      ...outer.map((axis) => (axes.has(axis) ? (shape[axis] ?? 1) : 1)),
      ...sum.summed.map((loop) => (loops.has(loop) ? (kernel.loops[loop]?.size ?? 1) : 1)),
    ])
  const [filter, signal] = placesOf(second) < placesOf(first) ? [second, first] : [first, second]
  const lane = laneOf(shape, outer, filter)
  const laneSize = lane === null ? 1 : (shape[lane] ?? 1)
  const blocks = Math.ceil(laneSize / 4)
  const counters = outer.map((axis): Counter =>
    axis === lane ? { axis: 'block', size: blocks } : { axis, size: shape[axis] ?? 1 },
  )
  const isFiltered = (counter: Counter): boolean =>
    filter.axes.has(counter.axis === 'block' ? (lane ?? -1) : counter.axis)
  const perUnit = counters.filter(isFiltered)
  const perEntry = counters.filter((counter) => !isFiltered(counter))
  const entries = productOf(perEntry.map(({ size }) => size))
  const keys = productOf(perUnit.map(({ size }) => size))
  const splits = Math.min(Math.ceil(entries / 2), Math.ceil(FEWEST_UNITS / keys))
  // An even number, so that pairs stay together.
  const each = 2 * Math.ceil(entries / splits / 2)
  const entriesPerUnit = Math.min(entries, each)
  return {
    kernel,
    sum,
    lane,
    laneSize,
    blocks,
    filter,
    signal,
    perUnit,
    perEntry,
    entries,
    entriesPerUnit,
    units: keys * Math.ceil(entries / entriesPerUnit),
  }
}

/** Values of coordinates as i32 expressions; what is not set is 0. */
export interface Position {
  readonly block: string
  readonly axes: ReadonlyMap<number, string>
  readonly loops: ReadonlyMap<number, string>
}

export const ORIGIN: Position = { block: i32(0), axes: new Map(), loops: new Map() }

/** The counters' values in a number that counts through them, the last one fastest. */
export const unpack = (w: Writer, counters: readonly Counter[], number: string, at: Position): Position => {
  let { block } = at
  const axes = new Map(at.axes)
  let rest = number
  for (const [i, { axis, size }] of [...counters.entries()].toReversed()) {
    const value =
      i === 0 ? rest : size === 1 ? i32(0) : w.let('i32', 'at', `(i32.rem_u ${rest} ${i32(size)})`)
    if (i > 0 && size > 1) rest = w.let('i32', 'rest', `(i32.div_u ${rest} ${i32(size)})`)
    if (axis === 'block') block = value
    else axes.set(axis, value)
  }
  return { ...at, block, axes }
}

/** Loops through the summed loops given, outermost first. */
export const overSummed = (
  w: Writer,
  frame: Frame,
  summed: readonly number[],
  at: Position,
  body: (at: Position) => void,
): void => {
  const [loop, ...others] = summed
  if (loop === undefined) {
    body(at)
    return
  }
  const counter = w.local('i32', 'summed')
  w.loop(counter, i32(0), i32(frame.kernel.loops[loop]?.size ?? 1), 1, () =>
    overSummed(w, frame, others, { ...at, loops: new Map([...at.loops, [loop, get(counter)]]) }, body),
  )
}

/** Loops of all units of a call, and of the entries of each: `prepare` runs once a unit, `step` entries at a time. */
export const overUnits = (
  w: Writer,
  frame: Frame,
  prepare: (at: Position) => void,
  step: number,
  each: (at: Position, entry: string, end: string) => void,
): void => {
  const { perUnit, entries, entriesPerUnit } = frame
  const parts = Math.ceil(entries / entriesPerUnit)
  const unit = w.local('i32', 'unit')
  w.loop(unit, get('$begin'), get('$end'), 1, () => {
    const key = parts === 1 ? get(unit) : w.let('i32', 'key', `(i32.div_u ${get(unit)} ${i32(parts)})`)
    const at = unpack(w, perUnit, key, ORIGIN)
    prepare(at)
    const first =
      parts === 1
        ? i32(0)
        : w.let('i32', 'first', mulI32(`(i32.rem_u ${get(unit)} ${i32(parts)})`, entriesPerUnit))
    const last = w.let('i32', 'last', addI32(first, i32(entriesPerUnit)))
    const end =
      parts === 1
        ? i32(entries)
        : w.let('i32', 'end', `(select ${last} ${i32(entries)} (i32.lt_u ${last} ${i32(entries)}))`)
    const entry = w.local('i32', 'entry')
    w.loop(entry, first, end, step, () => each(at, get(entry), end))
  })
}

/** The position of an entry. */
export const entryAt = (w: Writer, { perEntry }: Frame, at: Position, entry: string): Position =>
  unpack(w, perEntry, entry, at)
