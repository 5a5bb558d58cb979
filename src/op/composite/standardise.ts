/** What the normalisations share: standardised values, the derivative of them, and their float64 meaning. */
import type { Tensor } from '../../ir/tensor.js'
import type { Builder } from '../builder.js'
import type { NdArray } from '../def.js'

export interface Standardised {
  /** (x − mean)/√(variance + ε) */
  readonly normal: Tensor
  /** 1/√(variance + ε), the axes kept with size 1 */
  readonly rate: Tensor
  readonly mean: Tensor
  /** The biased variance. */
  readonly variance: Tensor
}

/** x without its mean over `axes`, and 1/√(variance + ε). */
export const standardise = (
  b: Builder,
  x: Tensor,
  axes: readonly number[],
  epsilon: number,
): Standardised => {
  const mean = b.mean(x, axes, true)
  const centred = b.sub(x, mean)
  const variance = b.mean(b.mul(centred, centred), axes, true)
  const rate = b.rsqrt(b.add(variance, b.constant(epsilon)))
  return { normal: b.mul(centred, rate), rate, mean, variance }
}

/** The derivative of the standardised values, (g − mean g − x̂·mean(g ⊙ x̂))·rate, is symmetric: both modes use it. */
export const project = (
  b: Builder,
  g: Tensor,
  { normal, rate }: Pick<Standardised, 'normal' | 'rate'>,
  axes: readonly number[],
): Tensor => {
  const along = b.mul(normal, b.mean(b.mul(g, normal), axes, true))
  return b.mul(rate, b.sub(b.sub(g, b.mean(g, axes, true)), along))
}

/** The sum of the terms that are there, in the shape of a result; null where none is. */
export const sumOfTerms = (b: Builder, terms: readonly Tensor[], like: Tensor): Tensor | null => {
  const [first, ...others] = terms
  return first === undefined ? null : b.broadcast(others.reduce(b.add, first), like.shape)
}

export interface Moments {
  readonly mean: number
  /** Biased. */
  readonly variance: number
}

/** Mean and variance of each group of elements, by the definition. */
export const momentsOf = (
  x: NdArray,
  groups: number,
  groupOf: (flat: number) => number,
): readonly Moments[] => {
  const members = Array.from({ length: groups }, (): number[] => [])
  x.data.forEach((value, flat) => members[groupOf(flat)]?.push(value))
  return members.map((values) => {
    const mean = values.reduce((total, value) => total + value, 0) / values.length
    return {
      mean,
      variance: values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length,
    }
  })
}

/** Each element standardised within its group, times the scale and plus the shift of its channel. */
export const normalised = (
  x: NdArray,
  moments: readonly Moments[],
  groupOf: (flat: number) => number,
  epsilon: number,
  scale: NdArray | undefined,
  shift: NdArray | undefined,
): NdArray => {
  const channels = x.shape.at(-1) ?? 1
  return {
    shape: x.shape,
    data: x.data.map((value, flat) => {
      const { mean, variance } = moments[groupOf(flat)] ?? { mean: Number.NaN, variance: Number.NaN }
      const channel = flat % channels
      return (
        ((value - mean) / Math.sqrt(variance + epsilon)) * (scale?.data[channel] ?? 1) +
        (shift?.data[channel] ?? 0)
      )
    }),
  }
}
