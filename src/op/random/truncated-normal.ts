import * as t from 'io-ts'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { erfc } from '../elementwise/error-function.js'
import { typedResult } from '../typed-result.js'
import { drawComposite } from './draw-family.js'
import { keySample, keysSample } from './family.js'
import { SMALLEST_UNIFORM } from './gumbel.js'
import type { Key } from './key.js'
import { normalTail } from './normal-tail.js'
import { SHAPE_EXPECTED, isRandomShape } from './shape-attributes.js'

export type TruncatedNormalAttributes = {
  readonly shape: readonly (number | string)[]
  /** Bounds in deviations; either may be infinite. */
  readonly low: number
  readonly high: number
}

const truncatedNormalAttributes: t.Type<TruncatedNormalAttributes, Attributes> = t.readonly(
  t.strict({ shape: t.readonlyArray(t.union([t.number, t.string])), low: t.number, high: t.number }),
)

/** An interval further out holds less mass than a float32 can be divided into. */
const FARTHEST = 10

const isInterval = (low: number, high: number): boolean => low < high && low <= FARTHEST && high >= -FARTHEST

const massBelow = (x: number): number => erfc(-x / Math.SQRT2) / 2
const massAbove = (x: number): number => erfc(x / Math.SQRT2) / 2

/** The mass between bounds, without the cancellation of masses near 1. */
const massBetween = (low: number, high: number): number => {
  if (low > 0) return massAbove(low) - massAbove(high)
  return high < 0 ? massBelow(high) - massBelow(low) : 1 - massBelow(low) - massAbove(high)
}

export const truncatedNormalOp = drawComposite<TruncatedNormalAttributes>({
  name: 'truncatedNormal',
  doc:
    'Standard normal numbers under the condition low ≤ x ≤ high, by inversion: the mass below x is that below `low` and a ' +
    'uniform share of that between the bounds. Of the masses below and above x the smaller is inverted, so that tails are as ' +
    'accurate as the centre: 1e-6. A share has 24 bits.',
  attrs: truncatedNormalAttributes,
  dtype: 'f32',
  shape: ({ shape }) => shape,
  accepts: ({ shape, low, high }) => isRandomShape(shape) && isInterval(low, high),
  expected: `${SHAPE_EXPECTED}, and low < high of which one lies within ±${FARTHEST}`,
  hint: 'bounds count in deviations from the mean; scale and shift the draws',
  draw: (b, key, { shape, low, high }) => {
    const between = b.constant(massBetween(low, high))
    const share = b.maximum(b.uniform(key, shape), b.constant(SMALLEST_UNIFORM))
    const below = b.add(b.constant(massBelow(low)), b.mul(share, between))
    const above = b.add(b.constant(massAbove(high)), b.mul(b.sub(b.constant(1), share), between))
    const size = normalTail(b, b.minimum(below, above))
    const x = b.select(b.less(below, above), b.neg(size), size)
    return b.maximum(b.minimum(x, b.constant(high)), b.constant(low))
  },
  blocks: 1,
  flops: 60,
  samples: [
    { attrs: { shape: ['$n', '$m'], low: -2, high: 2 }, inputs: [keySample] },
    { attrs: { shape: ['$n'], low: 1, high: Infinity }, inputs: [keySample] },
    { attrs: { shape: [3], low: -0.5, high: 8 }, inputs: [keysSample('k')] },
  ],
  relative: 1e-6,
})

/**
 * Standard normal numbers between two bounds in deviations: `pipe(key, truncatedNormal([2, 3], -2, 2))`. No gradient
 * flows.
 * @throws TraceFailure with an OptionError where not low < high, or both lie beyond 10 deviations on one side.
 */
export const truncatedNormal =
  <const S extends Shape>(shape: S, low: number, high: number) =>
  (key: Key): Tensor<S, 'f32'> =>
    typedResult(apply1(truncatedNormalOp, { shape, low, high }, [key]))
