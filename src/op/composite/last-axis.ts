/** Reading lines of an array along an axis: the float64 meanings of the composites. */
import type { NdArray } from '../def.js'
import { sizeOf } from '../../shape/dim.js'

/** Axis counted from 0, or null if a tensor of this rank has no such axis. */
export const frontAxis = (axis: number, rank: number): number | null => {
  const front = axis < 0 ? axis + rank : axis
  return Number.isInteger(front) && front >= 0 && front < rank ? front : null
}

/** Replaces every line along `axis` by what `f` makes of it, a line of the same length. */
export const mapAlong = (x: NdArray, axis: number, f: (line: Float64Array) => Float64Array): NdArray => {
  const front = frontAxis(axis, x.shape.length) ?? 0
  const size = x.shape[front] ?? 1
  const inner = sizeOf(x.shape.slice(front + 1))
  const data = new Float64Array(x.data.length)
  for (let start = 0; start < x.data.length; start += size * inner)
    for (let after = 0; after < inner; after++) {
      const line = f(
        Float64Array.from({ length: size }, (_, i) => x.data[start + i * inner + after] ?? Number.NaN),
      )
      line.forEach((value, i) => {
        data[start + i * inner + after] = value
      })
    }
  return { shape: x.shape, data }
}

/** log Σ eˣ, without overflow. */
export const logSumExp = (line: Float64Array): number => {
  const top = line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return top + Math.log(line.reduce((total, x) => total + Math.exp(x - top), 0))
}
