/** Reading lines of an array along an axis: the float64 meanings of the composites. */
import { fromFront } from '../../shape/permute.js'
import type { NdArray } from '../def.js'
import { mapAxis } from '../index/line-values.js'

/** Axis counted from 0, or null if a tensor of this rank has no such axis. */
export const frontAxis = (axis: number, rank: number): number | null => {
  const front = fromFront(axis, rank)
  return Number.isInteger(front) && front >= 0 && front < rank ? front : null
}

/** Replaces every line along `axis` by what `f` makes of it, a line of the same length. */
export const mapAlong = (x: NdArray, axis: number, f: (line: Float64Array) => Float64Array): NdArray =>
  mapAxis(x, axis, x.shape, f)

/** log Σ eˣ, without overflow. */
export const logSumExp = (line: Float64Array): number => {
  const top = line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return top + Math.log(line.reduce((total, x) => total + Math.exp(x - top), 0))
}
