/** Indices and addresses as i32 expressions, and indices over four lanes. */
import { rangeOf } from '../../src/ir/index-map.js'
import type { Index, IndexTerm } from '../../src/ir/scalar.js'
import type { Linear } from './address.js'
import { dependsOn, indexVariables, pointerKey, stepOf } from './address.js'
import type { Context } from './context.js'
import { findDynamic, laneVariable } from './context.js'
import { addI32, i32, mulI32 } from './writer.js'

/** The four lanes of a data-dependent index, clamped to its range. */
const dynamicLanes = (context: Context, index: Extract<Index, { kind: 'dynamic' }>): string => {
  const known = findDynamic(context.scope, index)
  if (known !== undefined) return known
  const value = context.evaluate(context, index.value)
  const whole = `(i32x4.max_s (i32x4.trunc_sat_f32x4_s ${value}) (i32x4.splat (i32.const 0)))`
  const last = `(i32x4.splat ${i32(index.size - 1)})`
  const lanes = context.w.let('v128', 'whole', `(i32x4.min_s ${whole} ${last})`)
  context.scope.dynamics.set(index, lanes)
  return lanes
}

/** Turns of the divisor to add, so that the index is never negative. */
const turnsAbove = (index: Index, divisor: number): number =>
  Math.max(0, Math.ceil(-rangeOf(index).low / divisor))

const divided = (
  context: Context,
  index: Index,
  divisor: number,
  lane: number,
): readonly [string, number] => {
  const turns = turnsAbove(index, divisor)
  return [addI32(integerOf(context, index, lane), i32(turns * divisor)), turns]
}

const coordinate = ({ place }: Context, kind: 'axis' | 'loop', number: number, lane: number): string => {
  const text = (kind === 'axis' ? place.axes : place.loops)[number] ?? i32(0)
  const isLane = place.lane?.kind === kind && place.lane.number === number
  return isLane ? addI32(text, i32((place.ahead ?? 0) + lane)) : text
}

/** An index in lane number `lane`, which is any where all lanes are the same. */
export const integerOf = (context: Context, index: Index, lane: number): string => {
  switch (index.kind) {
    case 'const':
      return i32(index.value)
    case 'axis':
      return coordinate(context, 'axis', index.axis, lane)
    case 'loop':
      return coordinate(context, 'loop', index.loop, lane)
    case 'sum':
      return index.terms.reduce(
        (sum, [coefficient, term]) => addI32(sum, mulI32(integerOf(context, term, lane), coefficient)),
        i32(index.constant),
      )
    case 'quotient': {
      const [whole, turns] = divided(context, index.index, index.divisor, lane)
      return addI32(`(i32.div_u ${whole} ${i32(index.divisor)})`, i32(-turns))
    }
    case 'remainder': {
      const [whole] = divided(context, index.index, index.divisor, lane)
      return `(i32.rem_u ${whole} ${i32(index.divisor)})`
    }
    case 'dynamic':
      return `(i32x4.extract_lane ${lane} ${dynamicLanes(context, index)})`
  }
}

const LANES = [0, 1, 2, 3] as const

/** An index as four i32; lanes that do not count hold anything. */
export const integerLanes = (context: Context, index: Linear): string => {
  const step = stepOf(index, laneVariable(context.place))
  const whole: Index = { kind: 'sum', ...index }
  const first = `(i32x4.splat ${integerOf(context, whole, 0)})`
  if (step === 0) return first
  if (step !== null) return `(i32x4.add ${first} (v128.const i32x4 0 ${step} ${2 * step} ${3 * step}))`
  return LANES.slice(1, context.place.width).reduce(
    (lanes, lane) => `(i32x4.replace_lane ${lane} ${lanes} ${integerOf(context, whole, lane)})`,
    first,
  )
}

/** Where a read begins, in bytes: an expression that is an address itself, and a constant to add to it. */
export interface Address {
  readonly base: string
  readonly offset: number
}

/** Terms that a pointer computed before a loop over `inner` holds: with the lane's coordinate only at its own multiples. */
export const outerTerms = (
  terms: readonly IndexTerm[],
  inner: ReadonlySet<string>,
  lane: string | null,
): readonly IndexTerm[] =>
  terms.filter(([, term]) => {
    const variables = indexVariables(term)
    const isBare = term.kind === 'axis' || term.kind === 'loop'
    return !dependsOn(variables, inner) && (isBare || lane === null || !variables.has(lane))
  })

/** What was computed before the loops around, and the terms left to add. */
const hoisted = (
  { place }: Context,
  input: number,
  terms: readonly IndexTerm[],
): { readonly base: string; readonly terms: readonly IndexTerm[] } => {
  for (const level of place.levels?.toReversed() ?? []) {
    const outer = outerTerms(terms, level.inner, laneVariable(place))
    const base = level.pointers.get(pointerKey(input, outer))
    if (base !== undefined) return { base, terms: terms.filter((term) => !outer.includes(term)) }
  }
  return { base: place.inputs[input] ?? i32(0), terms }
}

/** The address of a read in lane number `lane`. */
export const addressOf = (context: Context, input: number, index: Linear, lane: number): Address => {
  const { place, isGuarded, mask } = context
  const { base, terms } = hoisted(context, input, index.terms)
  const step = stepOf(index, laneVariable(place))
  const isAffine = step !== null
  const here = isAffine ? { ...context, place: { ...place, ahead: 0 } } : context
  const from = terms.reduce(
    (sum, [coefficient, term]) =>
      addI32(sum, mulI32(integerOf(here, term, isAffine ? 0 : lane), 4 * coefficient)),
    base,
  )
  const ahead = isAffine ? 4 * step * ((place.ahead ?? 0) + lane) : 0
  const start = addI32(from, i32(4 * index.constant))
  const isSafe = !isGuarded && mask === null && ahead >= 0
  return isSafe ? { base: start, offset: ahead } : { base: addI32(start, i32(ahead)), offset: 0 }
}

/** Whether an index depends on data. */
export const isDynamic = (index: Index): boolean =>
  index.kind === 'dynamic' ||
  (index.kind === 'sum' && index.terms.some(([, term]) => isDynamic(term))) ||
  ((index.kind === 'quotient' || index.kind === 'remainder') && isDynamic(index.index))
