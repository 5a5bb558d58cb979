/** Positions along one axis as the features a filter network reads (Hyena; facts fixed by the released code). */
import { fail, optionError } from '../error/error.js'
import type { NdArray } from '../op/def.js'

/** `count` numbers from `from` to `to`, both included; one number is `from`. */
export const linspace = (from: number, to: number, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => (count > 1 ? from + ((to - from) * i) / (count - 1) : from))

/** Places of an axis on [0, 1]: t_n = n / (length − 1). */
export const normalisedPositions = (length: number): Float64Array => linspace(0, 1, length)

/**
 * [length, features]: row n is t_n, cos(f_k w_n) for k = 1…K, −sin(f_k w_n) for k = 1…K, where
 * K = (features − 1) / 2, f = linspace(1e-4, K − 1, K) and w_n = 2πn / length.
 * With 3 features f is 1e-4 alone: a ramp, a constant, and nearly zero.
 *
 * `reference` is the length that angles belong to, the axis's own unless stated: w = 2πt (reference − 1) / reference,
 * so that encodings at two lengths with one reference are one function of t.
 */
export const positionalEncoding = (length: number, features: number, reference = length): NdArray => {
  if (!Number.isInteger(features) || features < 3 || features % 2 === 0)
    fail(
      optionError({
        where: 'positionalEncoding',
        expected: 'an odd number of features from 3',
        found: `${features}`,
        hint: 'one position, and a cosine and a sine for each band',
      }),
    )
  const bands = (features - 1) / 2
  const frequencies = linspace(1e-4, bands - 1, bands)
  const rows = [...normalisedPositions(length)].flatMap((t, n) => {
    const steps = reference === length ? n : t * (reference - 1)
    const angles = [...frequencies].map((f) => (f * 2 * Math.PI * steps) / reference)
    return [t, ...angles.map(Math.cos), ...angles.map((angle) => -Math.sin(angle))]
  })
  return { shape: [length, features], data: Float64Array.from(rows) }
}
