/**
 * Scalar expressions over four lanes. One coordinate, an axis of the output or a loop, runs along the lanes; a
 * read is then a vector load, a splat, or lane by lane, as its index says.
 */
import { scalarOperands } from '../../src/ir/map-scalar.js'
import type { Index, Scalar } from '../../src/ir/scalar.js'
import type { Linear } from './address.js'
import { indexVariables, linearOf, readsOf, stepOf } from './address.js'
import { choiceOf, conditionMask, countedLanes } from './condition.js'
import type { Context } from './context.js'
import { findValue, laneVariable, scopeIn } from './context.js'
import { binary, unary } from './elementary.js'
import type { Level } from './hoist.js'
import { addressOf, integerLanes, integerOf } from './integer.js'
import type { Writer } from './writer.js'
import { get, i32, splat } from './writer.js'

/** Where the four lanes lie: what every coordinate is, as i32 expressions (`(local.get $i)` or constants). */
export interface Place {
  /** By number of the output axis. */
  readonly axes: readonly string[]
  /** By number of the loop. */
  readonly loops: readonly string[]
  /** The coordinate that is one more in each next lane; null where all lanes are the same. */
  readonly lane: { readonly kind: 'axis' | 'loop'; readonly number: number } | null
  /** Lanes that count. What the others hold is anything, but reading for them must not trap. */
  readonly width: 1 | 2 | 3 | 4
  /** The value of the reduction, as a v128 expression; only in an epilogue. */
  readonly accumulator?: string
  /** Address of each input, by the numbers that reads use, as i32 expressions. */
  readonly inputs: readonly string[]
  /** A constant that is added to the lane's coordinate; 0 where absent. */
  readonly ahead?: number
  /** What was computed before loops around, outermost first. */
  readonly levels?: readonly Level[]
}

/** Writes what the expression needs and gives it as a v128 expression of f32x4 that may be used once or bound by `let`. */
export type VectorOf = (w: Writer, scalar: Scalar, place: Place) => string

const LANES = [0, 1, 2, 3] as const

const offsetText = (offset: number): string => (offset === 0 ? '' : ` offset=${offset}`)

/** Reads four lanes each at an address of its own; where a mask is given, lanes outside read what lies at 0. */
const laneByLane = (context: Context, input: number, index: Linear): string => {
  const { place, mask } = context
  const addressIn = (lane: number): string => {
    const { base, offset } = addressOf(context, input, index, lane)
    if (mask === null) return `${offsetText(offset)} ${lane} ${base}`
    return ` ${lane} (select ${base} ${i32(0)} (i32x4.extract_lane ${lane} ${mask}))`
  }
  return LANES.slice(0, place.width).reduce(
    (lanes, lane) => `(v128.load32_lane${addressIn(lane)} ${lanes})`,
    splat(0),
  )
}

const readOf = (context: Context, input: number, at: Index): string => {
  const { place, mask } = context
  const index = linearOf(at)
  const step = stepOf(index, laneVariable(place))
  if (step === 0) {
    const { base, offset } = addressOf(context, input, index, 0)
    const address = mask === null ? base : `(select ${base} ${i32(0)} (v128.any_true ${mask}))`
    return `(v128.load32_splat${offsetText(offset)} ${address})`
  }
  if (mask !== null || step === null) return laneByLane(context, input, index)
  if (step === 1) {
    const { base, offset } = addressOf(context, input, index, 0)
    return `(v128.load${offsetText(offset)} ${base})`
  }
  // Backwards: below lane 0 all four must lie in the operand.
  if (step === -1 && place.width === 4) {
    const { base, offset } = addressOf(context, input, index, 3)
    const lanes = context.w.let('v128', 'reversed', `(v128.load${offsetText(offset)} ${base})`)
    return `(i8x16.shuffle 12 13 14 15 8 9 10 11 4 5 6 7 0 1 2 3 ${lanes} ${lanes})`
  }
  return laneByLane(context, input, index)
}

const isSafe = (scalar: Scalar): boolean => readsOf([scalar]).length === 0

const inBranch = (context: Context, mask: string | null): Context => ({
  ...context,
  scope: scopeIn(context.scope),
  mask,
  isGuarded: true,
})

type Guard = Extract<Scalar, { kind: 'guard' }>

/** Both sides, each with reads only in the lanes that take it. */
const masked = (context: Context, { condition, x, y }: Guard): string => {
  const { w, evaluate, place } = context
  const holds = w.let('v128', 'holds', conditionMask(context, condition))
  const around = context.mask ?? countedLanes(place.width)
  const [inside, outside] = [`(v128.and ${around} ${holds})`, `(v128.andnot ${around} ${holds})`]
  const sideOf = (side: Scalar, mask: string): string =>
    isSafe(side) && context.mask === null
      ? evaluate(inBranch(context, null), side)
      : evaluate(inBranch(context, w.let('v128', 'mask', mask)), side)
  const first = sideOf(x, inside)
  return `(v128.bitselect ${first} ${sideOf(y, outside)} ${holds})`
}

const guarded = (context: Context, guard: Guard): string => {
  const { w, evaluate, mask } = context
  const { condition, x, y } = guard
  const lane = laneVariable(context.place)
  const varies = condition.some(({ index }) => lane !== null && indexVariables(index).has(lane))
  if (mask !== null || (varies && isSafe(x) && isSafe(y) && context.place.width > 1))
    return masked(context, guard)
  const { all, none, isUniform } = choiceOf(context, condition)
  const result = w.local('v128', 'either')
  const assign = (arm: string, value: (inner: Context) => string): void =>
    w.block(`(${arm}`, () => w.line(`(local.set ${result} ${value(inBranch(context, null))})`))
  w.block(`(if ${all}`, () => {
    assign('then', (inner) => evaluate(inner, x))
    if (isUniform) return assign('else', (inner) => evaluate(inner, y))
    w.block('(else', () => {
      w.block(`(if ${none}`, () => {
        assign('then', (inner) => evaluate(inner, y))
        assign('else', (inner) => masked(inner, guard))
      })
    })
  })
  return get(result)
}

const operation = (context: Context, scalar: Scalar): string => {
  const { w, place } = context
  const of = (operand: Scalar): string => context.evaluate(context, operand)
  switch (scalar.kind) {
    case 'const':
      return splat(scalar.value)
    case 'accumulator':
      return place.accumulator ?? splat(0)
    case 'read':
      return readOf(context, scalar.input, scalar.index)
    case 'index':
      return `(f32x4.convert_i32x4_s ${integerLanes(context, linearOf(scalar.index))})`
    case 'unary':
      return unary(w, scalar.fn, of(scalar.x))
    case 'binary': {
      const x = of(scalar.x)
      return binary(w, scalar.fn, x, of(scalar.y))
    }
    case 'select': {
      const condition = of(scalar.condition)
      const x = of(scalar.x)
      return `(v128.bitselect ${x} ${of(scalar.y)} (f32x4.ne ${condition} ${splat(0)}))`
    }
    case 'guard':
      return guarded(context, scalar)
  }
}

const evaluate = (context: Context, scalar: Scalar): string => {
  const known = findValue(context.scope, scalar)
  if (known !== undefined) return known
  const text = operation(context, scalar)
  const isNamed = scalar.kind !== 'const' && scalar.kind !== 'accumulator'
  if (!isNamed || (context.uses.get(scalar) ?? 0) < 2) return text
  const value = context.w.let('v128', scalar.kind === 'read' ? 'x' : 'value', text)
  context.scope.values.set(scalar, value)
  return value
}

/** How often each expression is used by others, those inside of indices too. */
const countUses = (root: Scalar): ReadonlyMap<Scalar, number> => {
  const uses = new Map<Scalar, number>()
  const visitIndex = (index: Index): void => {
    if (index.kind === 'dynamic') visit(index.value)
    else if (index.kind === 'sum') for (const [, term] of index.terms) visitIndex(term)
    else if (index.kind === 'quotient' || index.kind === 'remainder') visitIndex(index.index)
  }
  const visit = (scalar: Scalar): void => {
    const before = uses.get(scalar) ?? 0
    uses.set(scalar, before + 1)
    if (before > 0) return
    if (scalar.kind === 'read' || scalar.kind === 'index') visitIndex(scalar.index)
    if (scalar.kind === 'guard') for (const { index } of scalar.condition) visitIndex(index)
    scalarOperands(scalar).forEach(visit)
  }
  visit(root)
  return uses
}

const contextAt = (w: Writer, place: Place, uses: ReadonlyMap<Scalar, number>): Context => {
  const outer = scopeIn(null)
  for (const level of place.levels ?? [])
    for (const [scalar, value] of level.values) outer.values.set(scalar, value)
  return { w, place, scope: scopeIn(outer), mask: null, isGuarded: false, uses, evaluate }
}

/** Four lanes of an expression: see `VectorOf`. */
export const vectorOf: VectorOf = (w, scalar, place) =>
  evaluate(contextAt(w, place, countUses(scalar)), scalar)

/** An index as an i32 expression; in the first lane, where lanes differ. */
export const indexOf = (w: Writer, index: Index, place: Place): string =>
  integerOf(contextAt(w, place, new Map()), { kind: 'sum', ...linearOf(index) }, 0)

/** The address of a read in the first lane, in bytes, as an i32 expression. */
export const startOf = (w: Writer, input: number, index: Linear, place: Place): string =>
  addressOf({ ...contextAt(w, { ...place, ahead: 0 }, new Map()), isGuarded: true }, input, index, 0).base
