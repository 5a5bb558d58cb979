/** Conditions on indices, for all lanes at once where they agree and as a mask where they do not. */
import { rangeOf } from '../../src/ir/index-map.js'
import type { Bound, Condition, Index } from '../../src/ir/scalar.js'
import type { Linear } from './address.js'
import { linearOf, stepOf } from './address.js'
import type { Context } from './context.js'
import { laneVariable } from './context.js'
import { integerLanes, integerOf } from './integer.js'
import { i32 } from './writer.js'

const TRUE = i32(1)
const FALSE = i32(0)
const both = (a: string, b: string): string => (a === TRUE ? b : b === TRUE ? a : `(i32.and ${a} ${b})`)
const either = (a: string, b: string): string => (a === FALSE ? b : b === FALSE ? a : `(i32.or ${a} ${b})`)

/** Lanes that count. */
export const countedLanes = (width: number): string =>
  `(v128.const i32x4 ${[0, 1, 2, 3].map((lane) => (lane < width ? -1 : 0)).join(' ')})`

interface Test {
  /** Whether the bound holds in all lanes that count, and whether in none; both i32. */
  readonly all: string
  readonly none: string
  readonly isUniform: boolean
}

const asIndex = (linear: Linear): Index => ({ kind: 'sum', ...linear })

const lanesInside = (context: Context, { index, low, high }: Bound): string => {
  const linear = linearOf(index)
  const range = rangeOf(asIndex(linear))
  const lanes = context.w.let('v128', 'at', integerLanes(context, linear))
  const above = `(i32x4.ge_s ${lanes} (i32x4.splat ${i32(low)}))`
  const below = `(i32x4.lt_s ${lanes} (i32x4.splat ${i32(high)}))`
  // Lanes that do not count may lie outside of the range.
  const parts = [...(range.low < low ? [above] : []), ...(range.high >= high ? [below] : [])]
  return parts.length === 0 ? countedLanes(4) : parts.reduce((a, b) => `(v128.and ${a} ${b})`)
}

const testOf = (context: Context, bound: Bound): Test => {
  const linear = linearOf(bound.index)
  const step = stepOf(linear, laneVariable(context.place))
  const { width } = context.place
  const index = asIndex(linear)
  if (step === null) {
    const counted = countedLanes(width)
    const inside = context.w.let('v128', 'inside', `(v128.and ${lanesInside(context, bound)} ${counted})`)
    const outside = `(v128.xor ${inside} ${counted})`
    return {
      all: `(i32.eqz (v128.any_true ${outside}))`,
      none: `(i32.eqz (v128.any_true ${inside}))`,
      isUniform: false,
    }
  }
  const first = context.w.let('i32', 'at', integerOf(context, index, 0))
  const last = step === 0 || width === 1 ? first : `(i32.add ${first} ${i32(step * (width - 1))})`
  const [least, most] = step < 0 ? [last, first] : [first, last]
  const range = rangeOf(index)
  const checksLow = range.low < bound.low
  const checksHigh = range.high >= bound.high
  return {
    all: both(
      checksLow ? `(i32.ge_s ${least} ${i32(bound.low)})` : TRUE,
      checksHigh ? `(i32.lt_s ${most} ${i32(bound.high)})` : TRUE,
    ),
    none: either(
      checksLow ? `(i32.lt_s ${most} ${i32(bound.low)})` : FALSE,
      checksHigh ? `(i32.ge_s ${least} ${i32(bound.high)})` : FALSE,
    ),
    isUniform: step === 0 || width === 1,
  }
}

/** Whether a condition holds in all lanes, whether in none; where it is uniform it is one of both. */
export const choiceOf = (context: Context, condition: Condition): Test => {
  const tests = condition.map((bound) => testOf(context, bound))
  return {
    all: tests.reduce((all, test) => both(all, test.all), TRUE),
    none: tests.reduce((none, test) => either(none, test.none), FALSE),
    isUniform: tests.every(({ isUniform }) => isUniform),
  }
}

/** The lanes in which a condition holds; those that do not count hold anything. */
export const conditionMask = (context: Context, condition: Condition): string =>
  condition
    .map((bound) => lanesInside(context, bound))
    .reduce((mask, lanes) => (mask === '' ? lanes : `(v128.and ${mask} ${lanes})`), '') || countedLanes(4)
