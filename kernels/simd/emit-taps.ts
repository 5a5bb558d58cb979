/**
 * Sums whose results along a few small axes read nearly the same: the gradient of a filter, tap by tap. All of them are
 * held at once for one vector of lanes, so that the operands pass once instead of once a tap.
 */
import { substitute } from '../../src/ir/index-map.js'
import { indexMapper } from '../../src/ir/map-scalar.js'
import type { Index, Scalar, ScalarKernel } from '../../src/ir/scalar.js'
import { addTerm, isCertain } from './accumulate.js'
import { axisVariable, indexVariables, loopVariable, readsOf, stepOf } from './address.js'
import { sizeOfExpression } from './axes.js'
import { byFours, neighbours } from './emit-transposed.js'
import type { Place } from './expression.js'
import { vectorOf } from './expression.js'
import { hoisted } from './hoist.js'
import type { Features, SimdKernel } from './kernel.js'
import { axesFrom, finished, inputsOf, rowCounter, sizeOf, store } from './rows.js'
import type { Writer } from './writer.js'
import { addI32, get, i32, mulI32, splat, writer } from './writer.js'

/** Results held at once: accumulators and what they read fit the registers. */
const MOST_TAPS = 9
/** Terms of a result at least; below, what is read stays near anyway. */
const LEAST_TERMS = 256
/** Terms that are summed before they join a total. */
const BLOCK = 1024
/** Rows beyond which a division by lanes is not worth what it costs to be no longer by rows. */
const MOST_ROWS = 16

const isSmall = (shape: readonly number[], axis: number): boolean => {
  const size = shape[axis] ?? 1
  return size > 1 && size <= MOST_TAPS
}

/** Axes other than the last, small together, along which at least one read does not change; null where there are none. */
const tapAxes = ({ shape, loops, combine, body, epilogue }: ScalarKernel): readonly number[] | null => {
  const last = shape.length - 1
  const terms = sizeOf(loops.map(({ size }) => size))
  const rows = sizeOf(shape.slice(0, -1))
  if (combine !== 'sum' || last < 1 || terms < LEAST_TERMS || rows > MOST_ROWS) return null
  if ((shape[last] ?? 1) < 16 || sizeOfExpression(body) > 12) return null
  const reads = readsOf(epilogue === null ? [body] : [body, epilogue])
  const lane = axisVariable(last)
  if (reads.some(({ index }) => ![0, 1].includes(stepOf(index, lane) ?? 2))) return null
  const taps = shape.flatMap((_, axis) => (axis < last && isSmall(shape, axis) ? [axis] : []))
  const isShared = readsOf([body]).some(({ index: { terms: own } }) =>
    own.every(([, term]) => taps.every((axis) => !indexVariables(term).has(axisVariable(axis)))),
  )
  return taps.length > 0 && isShared && sizeOf(taps.map((axis) => shape[axis] ?? 1)) <= MOST_TAPS
    ? taps
    : null
}

/** Coordinates of all taps, the last axis fastest. */
const coordinatesOf = (sizes: readonly number[]): readonly (readonly number[])[] =>
  sizes.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((some) => Array.from({ length: size }, (_, i) => [...some, i])),
    [[]],
  )

/** The expression at one tap. */
const atTap = (scalar: Scalar, at: ReadonlyMap<number, number>): Scalar => {
  const move = (index: Index, inner: (value: Scalar) => Scalar): Index =>
    substitute(index, (leaf) => {
      if (leaf.kind === 'dynamic') return { ...leaf, value: inner(leaf.value) }
      const value = leaf.kind === 'axis' ? at.get(leaf.axis) : undefined
      return value === undefined ? null : { kind: 'const', value }
    })
  return indexMapper(move)(scalar)
}

interface Sums {
  readonly kernel: ScalarKernel
  /** The body at each tap. */
  readonly bodies: readonly Scalar[]
  readonly accumulators: readonly string[]
  readonly totals: readonly string[]
  /** The outermost loop whose terms are one block. */
  readonly block: number
}

const clear = (w: Writer, names: readonly string[]): void => {
  for (const name of names) w.line(`(local.set ${name} ${splat(0)})`)
}

const walk = (w: Writer, sums: Sums, place: Place, level: number): void => {
  const { kernel, bodies, accumulators, totals, block } = sums
  if (level === block) clear(w, accumulators)
  const loop = kernel.loops[level]
  if (loop === undefined) {
    bodies.forEach((body, tap) => addTerm(w, 'sum', accumulators[tap] ?? '', body, place))
  } else {
    const changing = new Set(kernel.loops.flatMap((_, i) => (i >= level ? [loopVariable(i)] : [])))
    const inner = hoisted(w, bodies, place, changing, true)
    const counter = w.local('i32', 'k')
    w.loop(counter, i32(0), i32(loop.size), 1, () =>
      walk(w, sums, { ...inner, loops: [...inner.loops, get(counter)] }, level + 1),
    )
  }
  if (level === block)
    totals.forEach((total, tap) =>
      w.line(`(local.set ${total} (f32x4.add ${get(total)} ${get(accumulators[tap] ?? '')}))`),
    )
}

const blockOf = ({ loops }: ScalarKernel): number => {
  const fits = loops.findIndex((_, level) => sizeOf(loops.slice(level).map(({ size }) => size)) <= BLOCK)
  return fits < 0 ? loops.length - 1 : fits
}

/** The kernel by lanes, all taps at once, where that pays; else null. A unit is a few neighbours with all their taps. */
export const emitTaps = (kernel: ScalarKernel, features: Features): SimdKernel | null => {
  const taps = isCertain(kernel) ? tapAxes(kernel) : null
  if (taps === null) return null
  const { shape, body, epilogue } = kernel
  const last = shape.length - 1
  const size = shape[last] ?? 1
  const count = neighbours(size)
  const others = shape.flatMap((_, axis) => (axis < last && !taps.includes(axis) ? [axis] : []))
  const strideOf = (axis: number): number => sizeOf(shape.slice(axis + 1))
  const maps = coordinatesOf(taps.map((axis) => shape[axis] ?? 1)).map(
    (at) => new Map(at.map((value, i) => [taps[i] ?? 0, value])),
  )
  const bodies = maps.map((at) => atTap(body, at))
  const w = writer(features)
  const outer = [...others.map((axis) => shape[axis] ?? 1), size / count]
  const { axes, advance } = rowCounter(w, outer, get('$begin'))
  const [accumulators, totals] = [
    maps.map(() => w.local('v128', 'acc')),
    maps.map(() => w.local('v128', 'sum')),
  ]
  const unit = w.local('i32', 'unit')
  w.loop(unit, get('$begin'), get('$end'), 1, () => {
    const from = w.let('i32', 'from', mulI32(axes.at(-1) ?? i32(0), count))
    byFours(w, count, (first, width) => {
      const column = w.let('i32', 'j', addI32(from, first))
      const coordinates = shape.map((_, axis) => {
        const other = others.indexOf(axis)
        return axis === last ? column : other < 0 ? i32(0) : (axes[other] ?? i32(0))
      })
      const place: Place = {
        axes: coordinates,
        loops: [],
        lane: { kind: 'axis', number: last },
        width,
        inputs: inputsOf(kernel),
      }
      const inner = hoisted(w, bodies, place, axesFrom(kernel, last), true)
      clear(w, totals)
      walk(w, { kernel, bodies, accumulators, totals, block: blockOf(kernel) }, inner, 0)
      const offset = coordinates.reduce(
        (sum, coordinate, axis) => addI32(sum, mulI32(coordinate, 4 * strideOf(axis))),
        get('$out'),
      )
      const address = w.let('i32', 'to', offset)
      maps.forEach((at, tap) => {
        const accumulator = get(totals[tap] ?? '')
        const value =
          epilogue === null ? accumulator : vectorOf(w, atTap(epilogue, at), { ...place, accumulator })
        const ahead = [...at].reduce((sum, [axis, coordinate]) => sum + coordinate * strideOf(axis), 0)
        store(w, address, { ahead, width }, value)
      })
    })
    advance()
  })
  return { ...finished(w, kernel, sizeOf(outer)), rowwise: false }
}
