/** Any kernel over four lanes: along the output's last axis, or along the innermost loop. */
import type { ScalarKernel } from '../../src/ir/scalar.js'
import { accumulate, isCertain, joinLanes } from './accumulate.js'
import { axisVariable, loopVariable } from './address.js'
import { prepare, sizeOfExpression } from './axes.js'
import { emitAcross } from './emit-across.js'
import { emitTaps } from './emit-taps.js'
import { emitTransposed } from './emit-transposed.js'
import type { Place } from './expression.js'
import { vectorOf } from './expression.js'
import { hoisted } from './hoist.js'
import type { Features, SimdKernel } from './kernel.js'
import { axesFrom, expressionsOf, finished, inputsOf, readCost, rowCounter, sizeOf, store } from './rows.js'
import type { Span, Strip } from './spans.js'
import { bySpan, strips, wholeSpan } from './spans.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, mulI32, splat, writer } from './writer.js'

/** What a result costs with lanes along the last axis. */
const outsideCost = (kernel: ScalarKernel): number => {
  const axis = kernel.shape.length - 1
  return readCost(kernel, axisVariable(axis), kernel.shape[axis] ?? 1)
}

/** What it costs with lanes along the innermost loop. */
const insideCost = (kernel: ScalarKernel): number => {
  const last = kernel.loops.length - 1
  const loop = kernel.loops[last]
  if (loop === undefined) return Infinity
  const size = Math.max(loop.size, 1)
  // Joining the lanes at the end takes as long as a few terms.
  return (1 + 8 / size) * readCost(kernel, loopVariable(last), size)
}

/** Instructions of a body that is written several times in a row. */
const LONGEST_UNROLLED = 48

const vectorsAtOnce = (kernel: ScalarKernel): number => {
  const length =
    sizeOfExpression(kernel.body) + (kernel.epilogue === null ? 0 : sizeOfExpression(kernel.epilogue))
  if (kernel.loops.length > 0 && length <= 3 && (kernel.shape.at(-1) ?? 1) % 32 === 0) return 8
  return length > LONGEST_UNROLLED ? 1 : length > LONGEST_UNROLLED / 2 ? 2 : 4
}

/** Vectors of neighbouring results from the place on, stored from `address` on. */
const results = (
  w: Writer,
  kernel: ScalarKernel,
  place: Place,
  own: readonly Strip[],
  address: string,
): void => {
  const { epilogue, body, loops } = kernel
  if (loops.length === 0) {
    const values = own.map((strip) => w.let('v128', 'y', vectorOf(w, body, { ...place, ...strip })))
    return own.forEach((strip, i) => store(w, address, strip, values[i] ?? splat(0)))
  }
  const totals = accumulate(w, kernel, place, own)
  own.forEach((strip, i) => {
    const accumulator = totals[i] ?? splat(0)
    const value = epilogue === null ? accumulator : vectorOf(w, epilogue, { ...place, ...strip, accumulator })
    store(w, address, strip, value)
  })
}

/** Results of a row, whose coordinates are known but for the last; `address` is that of the row. */
const segment = (w: Writer, kernel: ScalarKernel, row: Place, span: Span, address: string): void => {
  const last = kernel.shape.length - 1
  const column = w.local('i32', 'j')
  const place: Place = {
    ...row,
    axes: [...row.axes, get(column)],
    lane: { kind: 'axis', number: last },
  }
  const inner = hoisted(w, expressionsOf(kernel), place, axesFrom(kernel, last), isCertain(kernel))
  bySpan(w, column, span, vectorsAtOnce(kernel), (own) => {
    results(w, kernel, inner, own, addI32(address, mulI32(get(column), 4)))
  })
}

/** Rows below which a row is divided between threads. */
const FEW_ROWS = 64
/** Lanes along the last axis; a unit is a row. */
const byRows = (kernel: ScalarKernel, features: Features): SimdKernel => {
  const w = writer(features)
  const size = kernel.shape.at(-1) ?? 1
  const outer = kernel.shape.slice(0, -1)
  const { axes, advance } = rowCounter(w, outer, get('$begin'))
  const row = w.local('i32', 'row')
  const base: Place = { axes, loops: [], lane: null, width: 4, inputs: inputsOf(kernel) }
  w.loop(row, get('$begin'), get('$end'), 1, () => {
    const address = w.let('i32', 'to', addI32(get('$out'), mulI32(get(row), 4 * size)))
    segment(w, kernel, base, wholeSpan(size), address)
    advance()
  })
  return finished(w, kernel, sizeOf(outer))
}

/** The largest number of neighbours, a power of 2 up to 32, that divides a row. */
const piece = (size: number): number => [32, 16, 8, 4, 2].find((count) => size % count === 0) ?? 1

/** Lanes along the last axis; a unit is a few neighbours, so that few long rows are divided too. */
const byPieces = (kernel: ScalarKernel, features: Features): SimdKernel => {
  const w = writer(features)
  const size = kernel.shape.at(-1) ?? 1
  const outer = kernel.shape.slice(0, -1)
  const count = piece(size)
  const left = count % 4 === 0 ? 0 : null
  const from = w.let('i32', 'first', mulI32(get('$begin'), count))
  const to = w.let('i32', 'last', mulI32(get('$end'), count))
  const base: Place = { axes: [], loops: [], lane: null, width: 4, inputs: inputsOf(kernel) }
  if (outer.length === 0) {
    segment(w, kernel, base, { from, to, left }, get('$out'))
    return finished(w, kernel, size / count)
  }
  const rows = w.let('i32', 'rows', `(i32.div_u (i32.add ${to} ${i32(size - 1)}) ${i32(size)})`)
  const start = w.let('i32', 'start', `(i32.div_u ${from} ${i32(size)})`)
  const { axes, advance } = rowCounter(w, outer, start)
  const row = w.local('i32', 'row')
  const bounded = (position: string): string => {
    const column = w.let('i32', 'column', `(i32.sub ${position} ${mulI32(get(row), size)})`)
    const positive = `(select ${column} ${i32(0)} (i32.gt_s ${column} ${i32(0)}))`
    const above = w.let('i32', 'bound', positive)
    return w.let('i32', 'bound', `(select ${above} ${i32(size)} (i32.lt_s ${above} ${i32(size)}))`)
  }
  w.loop(row, start, rows, 1, () => {
    const address = w.let('i32', 'to', addI32(get('$out'), mulI32(get(row), 4 * size)))
    segment(w, kernel, { ...base, axes }, { from: bounded(from), to: bounded(to), left }, address)
    advance()
  })
  return finished(w, kernel, sizeOf(kernel.shape) / count)
}

/** Lanes along the innermost loop; a unit is one result. */
const byResults = (kernel: ScalarKernel, features: Features): SimdKernel => {
  const w = writer(features)
  const { axes, advance } = rowCounter(w, kernel.shape, get('$begin'))
  const position = w.local('i32', 'position')
  const place: Place = {
    axes,
    loops: [],
    lane: { kind: 'loop', number: kernel.loops.length - 1 },
    width: 4,
    inputs: inputsOf(kernel),
  }
  const count = vectorsAtOnce(kernel)
  w.loop(position, get('$begin'), get('$end'), 1, () => {
    const accumulators = accumulate(w, kernel, place, strips(count))
    const accumulator = joinLanes(w, kernel.combine ?? 'sum', accumulators)
    const { epilogue } = kernel
    const alone: Place = { ...place, lane: null, accumulator }
    const value = epilogue === null ? accumulator : vectorOf(w, epilogue, alone)
    store(w, addI32(get('$out'), mulI32(get(position), 4)), { ahead: 0, width: 1 }, value)
    advance()
  })
  return finished(w, kernel, sizeOf(kernel.shape))
}

/** Any kernel that makes at least one element. */
export const emitGeneral = (given: ScalarKernel, features: Features): SimdKernel => {
  const ready = prepare(given)
  const kernel = ready.shape.length === 0 ? { ...ready, shape: [1] } : ready
  const transposed = emitTransposed(kernel, features)
  if (transposed !== null) return transposed
  const taps = emitTaps(kernel, features)
  if (taps !== null) return taps
  const [outside, inside] = [outsideCost(kernel), insideCost(kernel)]
  const across = emitAcross(kernel, features, Math.min(outside, inside))
  if (across !== null) return across
  if (inside < outside) return byResults(kernel, features)
  const size = kernel.shape.at(-1) ?? 1
  const rows = sizeOf(kernel.shape) / size
  return rows === 1 || (rows < FEW_ROWS && piece(size) >= 4)
    ? byPieces(kernel, features)
    : byRows(kernel, features)
}
