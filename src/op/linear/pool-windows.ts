/** What pools share: their attributes' codec, walking the windows in float64, and the loops over a window. */
import * as t from 'io-ts'
import type { Bound, Index } from '../../ir/scalar.js'
import { stridesOf } from '../../shape/dim.js'
import type { PoolAttributes } from '../../shape/pool.js'
import type { Coordinates } from '../def.js'
import { indexConst, indexSum, within } from '../scalar-expression.js'

const counts = t.readonlyArray(t.number)

/** The fields of the codec. */
export const poolFields = {
  window: counts,
  strides: counts,
  padding: t.readonlyArray(t.readonly(t.tuple([t.number, t.number]))),
}

/**
 * Every element that every window covers, by flat positions: of the place, of the tap in its window and of the
 * element of x. The taps of a place come in row-major order.
 */
export const forEachTap = (
  { window, strides, padding }: PoolAttributes,
  x: readonly number[],
  pooled: readonly number[],
  visit: (place: number, tap: number, source: number) => void,
): void => {
  const first = x.length - 1 - window.length
  const [xs, ps, ts] = [stridesOf(x), stridesOf(pooled), stridesOf(window)]
  const walk = (axis: number, place: number, tap: number, source: number): void => {
    if (axis === x.length) return visit(place, tap, source)
    const i = axis - first
    const size = window[i]
    const [step, from] = [ps[axis] ?? 0, xs[axis] ?? 0]
    for (let p = 0; p < (pooled[axis] ?? 0); p++)
      if (size === undefined || i < 0) walk(axis + 1, place + p * step, tap, source + p * from)
      else
        for (let w = 0; w < size; w++) {
          const s = p * (strides[i] ?? 1) + w - (padding[i]?.[0] ?? 0)
          if (s >= 0 && s < (x[axis] ?? 0))
            walk(axis + 1, place + p * step, tap + w * (ts[i] ?? 0), source + s * from)
        }
  }
  walk(0, 0, 0, 0)
}

/** Elements of a window. */
export const windowSize = (window: readonly number[]): number =>
  window.reduce((product, size) => product * size, 1)

/** The element of x under a tap, and what must hold for there to be one. */
export const sourceOf = (
  { window, strides, padding }: PoolAttributes,
  x: readonly number[],
  place: Coordinates,
  taps: Coordinates,
): { readonly at: Coordinates; readonly inside: readonly Bound[] } => {
  const first = x.length - 1 - window.length
  const at = place.map((index, axis): Index => {
    const i = axis - first
    return i < 0 || i >= window.length
      ? index
      : indexSum(-(padding[i]?.[0] ?? 0), [strides[i] ?? 1, index], [1, taps[i] ?? indexConst(0)])
  })
  const inside = window.map((_, i) => within(at[first + i] ?? indexConst(0), 0, x[first + i] ?? 0))
  return { at, inside }
}
