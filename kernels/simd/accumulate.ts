/** Reductions over four lanes: accumulators, what joins them, and the loops around. */
import type { Combine, Scalar, ScalarKernel } from '../../src/ir/scalar.js'
import { sumOf } from '../../src/ir/index-map.js'
import { indexVariables, linearOf, loopVariable, stepOf } from './address.js'
import { countedLanes } from './condition.js'
import { laneVariable } from './context.js'
import { binary } from './elementary.js'
import type { Place } from './expression.js'
import { indexOf, vectorOf } from './expression.js'
import { hoisted } from './hoist.js'
import type { Strip } from './spans.js'
import { bySpan, remainderOf4 } from './spans.js'
import type { Writer } from './writer.js'
import { get, i32, multiplyAdd, splat } from './writer.js'

const NEUTRAL: Record<Combine, number> = { sum: 0, product: 1, max: -Infinity, min: Infinity }
const FUNCTION = { sum: 'add', product: 'mul', max: 'max', min: 'min' } as const

/** Terms that one accumulator takes before they join a total: its rounding errors grow with their number. */
const BLOCK = 1024

/** Loops whose body runs at least once. */
export const isCertain = ({ loops }: ScalarKernel): boolean =>
  loops.every(({ size, extent }) => size > 0 && extent === undefined)

const combined = (w: Writer, combine: Combine, x: string, y: string): string =>
  binary(w, FUNCTION[combine], x, y)

/** accumulator = accumulator and one more term. */
export const addTerm = (
  w: Writer,
  combine: Combine,
  accumulator: string,
  body: Scalar,
  place: Place,
): void => {
  const isPartial = place.width < 4 && place.lane?.kind === 'loop'
  if (combine === 'sum' && !isPartial && body.kind === 'binary' && body.fn === 'mul' && body.x !== body.y) {
    const x = vectorOf(w, body.x, place)
    const sum = multiplyAdd(w.features, x, vectorOf(w, body.y, place), get(accumulator))
    return w.line(`(local.set ${accumulator} ${sum})`)
  }
  const value = vectorOf(w, body, place)
  const counted = isPartial
    ? `(v128.bitselect ${value} ${splat(NEUTRAL[combine])} ${countedLanes(place.width)})`
    : value
  w.line(`(local.set ${accumulator} ${combined(w, combine, get(accumulator), counted)})`)
}

interface Nest {
  readonly w: Writer
  readonly kernel: ScalarKernel
  readonly combine: Combine
  readonly body: Scalar
  readonly accumulators: readonly string[]
  /** Of as many; null where one block is all. */
  readonly totals: readonly string[] | null
  /** The outermost loop all of whose terms are one block; the number of loops where even the last is longer. */
  readonly blockLevel: number
  readonly blockTerms: number
  readonly strips: readonly Strip[]
}

const clear = ({ w, accumulators, combine }: Nest, which: readonly string[] = accumulators): void => {
  for (const name of which) w.line(`(local.set ${name} ${splat(NEUTRAL[combine])})`)
}

const inBlock = (nest: Nest, body: () => void): void => {
  const { w, accumulators, totals, combine } = nest
  clear(nest)
  body()
  totals?.forEach((total, i) => {
    const sum = combined(w, combine, get(total), get(accumulators[i] ?? ''))
    w.line(`(local.set ${total} ${sum})`)
  })
}

const innerVariables = ({ loops }: ScalarKernel, level: number): ReadonlySet<string> =>
  new Set(loops.flatMap((_, loop) => (loop >= level ? [loopVariable(loop)] : [])))

const greater = (w: Writer, x: string, y: string): string => {
  const [a, b] = [w.let('i32', 'a', x), w.let('i32', 'b', y)]
  return `(select ${a} ${b} (i32.gt_s ${a} ${b}))`
}

/** Where a loop ends; where that differs by lanes, at the last of them or later. */
const endOf = ({ w, kernel, strips: all }: Nest, level: number, place: Place): string => {
  const { size = 0, extent } = kernel.loops[level] ?? {}
  if (extent === undefined) return i32(size)
  const step = stepOf(linearOf(extent), laneVariable(place))
  if (step === null) return i32(size)
  const first = indexOf(w, extent, place)
  const last = all.at(-1) ?? { ahead: 0, width: 1 }
  const ahead = last.ahead + last.width - 1
  const end = step === 0 ? first : greater(w, first, indexOf(w, extent, { ...place, ahead }))
  return w.let('i32', 'extent', end)
}

/** The body with what ends some lanes of a loop before others. */
const bodyWithin = ({ loops, body, combine }: ScalarKernel, place: Place): Scalar => {
  const lane = laneVariable(place)
  const condition = loops.flatMap(({ size, extent }, loop) =>
    extent === undefined || lane === null || !indexVariables(extent).has(lane) || place.lane?.kind === 'loop'
      ? []
      : [
          {
            index: sumOf(0, [
              [1, { kind: 'loop', loop, size }],
              [-1, extent],
            ]),
            low: -(2 ** 30),
            high: 0,
          },
        ],
  )
  const y: Scalar = { kind: 'const', value: NEUTRAL[combine ?? 'sum'] }
  return condition.length === 0 ? body : { kind: 'guard', condition, x: body, y }
}

/** A vector of terms each, or one for every strip of the output. */
const terms = (
  { w, combine, body, accumulators, strips: all }: Nest,
  place: Place,
  own: readonly Strip[] | null,
): void =>
  (own ?? all).forEach((strip, i) => {
    addTerm(w, combine, accumulators[i] ?? '', body, { ...place, ...strip })
  })

/** The loop along the lanes from `from` to `to`. */
const laneLoop = (nest: Nest, place: Place, level: number, from: string, to: string): void => {
  const { w, kernel, accumulators } = nest
  const counter = w.local('i32', 'k')
  const here: Place = { ...place, loops: [...place.loops, get(counter)] }
  const { size = 0, extent } = kernel.loops[level] ?? {}
  const left = extent === undefined ? remainderOf4(size) : null
  bySpan(w, counter, { from, to, left }, accumulators.length, (own) => terms(nest, here, own))
}

const walk = (nest: Nest, place: Place, level: number): void => {
  const { w, kernel, body, blockLevel, blockTerms } = nest
  if (level === blockLevel && level < kernel.loops.length)
    return inBlock(nest, () => walk({ ...nest, blockLevel: -1 }, place, level))
  if (level === kernel.loops.length) return terms(nest, place, null)
  const to = endOf(nest, level, place)
  const inner = hoisted(w, [body], place, innerVariables(kernel, level), isCertain(kernel))
  const isLast = level === kernel.loops.length - 1
  const isLane = isLast && place.lane?.kind === 'loop'
  const range = (from: string, until: string): void => {
    if (isLane) return laneLoop(nest, inner, level, from, until)
    const counter = w.local('i32', 'k')
    w.loop(counter, from, until, 1, () =>
      walk(nest, { ...inner, loops: [...inner.loops, get(counter)] }, level + 1),
    )
  }
  if (!isLast || blockLevel !== kernel.loops.length) return range(i32(0), to)
  const block = w.local('i32', 'block')
  w.loop(block, i32(0), to, blockTerms, () => {
    const next = w.let('i32', 'next', `(i32.add ${get(block)} ${i32(blockTerms)})`)
    const until = w.let('i32', 'until', `(select ${next} ${to} (i32.lt_s ${next} ${to}))`)
    inBlock(nest, () => range(get(block), until))
  })
}

const blockLevelOf = ({ loops }: ScalarKernel, blockTerms: number): number => {
  let product = 1
  let level = loops.length
  while (level > 0 && product * (loops[level - 1]?.size ?? 1) <= blockTerms) {
    level -= 1
    product *= loops[level]?.size ?? 1
  }
  return level
}

/** The kernel's reduction at a place without loops: a vector of totals for each strip, or each of several accumulators. */
export const accumulate = (
  w: Writer,
  kernel: ScalarKernel,
  place: Place,
  own: readonly Strip[],
): readonly string[] => {
  const combine = kernel.combine ?? 'sum'
  const isLane = place.lane?.kind === 'loop'
  const blockTerms = isLane ? BLOCK * 4 * own.length : BLOCK
  const level = combine === 'sum' ? blockLevelOf(kernel, blockTerms) : 0
  const accumulators = own.map(() => w.local('v128', 'acc'))
  const totals = level === 0 ? null : own.map(() => w.local('v128', 'total'))
  const nest: Nest = {
    w,
    kernel,
    combine,
    body: bodyWithin(kernel, place),
    accumulators,
    totals,
    blockLevel: level,
    blockTerms,
    strips: own,
  }
  clear(nest, totals ?? [])
  walk(nest, place, 0)
  return (totals ?? accumulators).map(get)
}

const pairs = (w: Writer, combine: Combine, values: readonly string[]): string => {
  const [first = splat(0), ...rest] = values
  if (rest.length === 0) return first
  const half = Math.ceil(values.length / 2)
  return combined(w, combine, pairs(w, combine, values.slice(0, half)), pairs(w, combine, values.slice(half)))
}

/** All lanes of all accumulators as one value in every lane. */
export const joinLanes = (w: Writer, combine: Combine, accumulators: readonly string[]): string => {
  const four = w.let('v128', 'four', pairs(w, combine, accumulators))
  const swapped = `(i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 ${four} ${four})`
  const two = w.let('v128', 'two', combined(w, combine, four, swapped))
  const crossed = `(i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 ${two} ${two})`
  return w.let('v128', 'one', combined(w, combine, two, crossed))
}
