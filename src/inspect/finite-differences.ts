import type { NdArray } from '../op/def.js'

/** Numerical derivatives in float64, of the fourth order in the step. */

/** A function of arrays, several results. */
export type ArrayFunction = (inputs: readonly NdArray[]) => readonly NdArray[]

/**
 * Truncation is h⁴·f⁽⁵⁾/30 and rounding about ε·|f|/h: both near 1e-13 for values and derivatives about 1.
 * Kinks must lie farther away than 2h.
 */
const STEP = 1e-3

export const sizeOfAll = (arrays: readonly NdArray[]): number =>
  arrays.reduce((size, { data }) => size + data.length, 0)

/** All elements, array after array. */
export const joined = (arrays: readonly NdArray[]): Float64Array => {
  const all = new Float64Array(sizeOfAll(arrays))
  arrays.reduce((at, { data }) => {
    all.set(data, at)
    return at + data.length
  }, 0)
  return all
}

/** The inverse of `joined`, in the shapes of `like`. */
export const split = (all: Float64Array, like: readonly NdArray[]): readonly NdArray[] => {
  const place = { at: 0 }
  return like.map(({ shape, data }) => {
    const start = place.at
    place.at += data.length
    return { shape, data: all.slice(start, place.at) }
  })
}

/** (8·(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h along `direction`, all elements of all results joined. */
export const directionalDerivative = (
  f: ArrayFunction,
  at: readonly NdArray[],
  direction: Float64Array,
  step = STEP,
): Float64Array => {
  const x = joined(at)
  const moved = (steps: number): Float64Array =>
    joined(
      f(
        split(
          x.map((value, i) => value + steps * step * (direction[i] ?? 0)),
          at,
        ),
      ),
    )
  const [near, back, far, farBack] = [moved(1), moved(-1), moved(2), moved(-2)]
  return near.map(
    (value, i) => (8 * (value - (back[i] ?? 0)) - ((far[i] ?? 0) - (farBack[i] ?? 0))) / (12 * step),
  )
}

export const unitVector = (size: number, i: number): Float64Array => {
  const vector = new Float64Array(size)
  vector[i] = 1
  return vector
}

export const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

/** Σ|aᵢbᵢ|: what rounding in the dot product is relative to. */
export const dotScale = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value * (b[i] ?? 0)), 0)
