import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../../src/error/error.js'
import { vmap } from '../../../src/grad/batch.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { beta } from '../../../src/op/random/beta.js'
import { exponential } from '../../../src/op/random/exponential.js'
import { gamma } from '../../../src/op/random/gamma.js'
import { gumbel } from '../../../src/op/random/gumbel.js'
import { keyAt } from '../../../src/op/random/key-at.js'
import type { Key } from '../../../src/op/random/key.js'
import { keyFromSeed } from '../../../src/op/random/key.js'
import { split } from '../../../src/op/random/split.js'
import { truncatedNormal } from '../../../src/op/random/truncated-normal.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { Distribution } from '../../support/statistics.js'
import {
  DEVIATIONS,
  betaDistribution,
  exponentialDistribution,
  gammaDistribution,
  gumbelDistribution,
  integral,
  kolmogorov,
  kolmogorovBound,
  mean,
  normalDensity,
  truncatedNormalDistribution,
  variance,
} from '../../support/statistics.js'

const COUNT = 6000
const values = (tensor: Tensor): readonly number[] => [...(evaluate([tensor])[0]?.data ?? [])]

interface Case {
  readonly name: string
  readonly draw: (shape: readonly [number]) => (key: Key) => Tensor<Shape, 'f32'>
  readonly distribution: Distribution
  /** Mean, variance and fourth central moment, where they are plain. */
  readonly moments?: readonly [number, number, number]
}

const gammaCase = (a: number): Case => ({
  name: `gamma ${a}`,
  draw: (shape) => gamma(shape, a),
  distribution: gammaDistribution(a),
  moments: [a, a, 3 * a * a + 6 * a],
})

const betaCase = (a: number, b: number): Case => ({
  name: `beta ${a}, ${b}`,
  draw: (shape) => beta(shape, a, b),
  distribution: betaDistribution(a, b),
})

const truncatedCase = (low: number, high: number): Case => ({
  name: `truncatedNormal from ${low} to ${high}`,
  draw: (shape) => truncatedNormal(shape, low, high),
  // Beyond 12 deviations, or 8 behind a bound, there is no mass to integrate.
  distribution: truncatedNormalDistribution(Math.max(low, -12), Math.min(high, Math.max(low, 0) + 8)),
})

const cases: readonly Case[] = [
  {
    name: 'exponential',
    draw: (shape) => exponential(shape),
    distribution: exponentialDistribution,
    moments: [1, 1, 9],
  },
  {
    name: 'gumbel',
    draw: (shape) => gumbel(shape),
    distribution: gumbelDistribution,
    moments: [0.577_215_664_9, Math.PI ** 2 / 6, (27 / 5) * (Math.PI ** 2 / 6) ** 2],
  },
  gammaCase(0.1),
  gammaCase(0.8),
  gammaCase(1),
  gammaCase(2.5),
  gammaCase(40),
  // Mixup.
  betaCase(0.8, 0.8),
  betaCase(1, 1),
  betaCase(0.2, 0.2),
  betaCase(2, 0.5),
  betaCase(30, 5),
  truncatedCase(-2, 2),
  truncatedCase(0.5, 0.75),
  truncatedCase(-Infinity, -1),
  truncatedCase(4, Infinity),
  truncatedCase(-Infinity, Infinity),
]

describe.each(cases)('$name', ({ draw, distribution, moments }) => {
  const xs = values(pipe(keyFromSeed(29), draw([COUNT])))

  it('has its distribution', () => {
    expect(xs.every(Number.isFinite)).toBe(true)
    expect(kolmogorov(xs, distribution)).toBeLessThan(kolmogorovBound(COUNT))
  })

  if (moments !== undefined)
    it('has its mean and variance', () => {
      const [first, second, fourth] = moments
      expect(Math.abs(mean(xs) - first)).toBeLessThan(DEVIATIONS * Math.sqrt(second / COUNT))
      expect(Math.abs(variance(xs) - second)).toBeLessThan(
        DEVIATIONS * Math.sqrt((fourth - second ** 2) / COUNT),
      )
    })

  it('is drawn by each key alone', () => {
    const keys = pipe(keyFromSeed(31), split(3))
    const together = values(vmap((key: Key) => pipe(key, draw([4])))(keys))
    expect(new Set(together).size).toBe(12)
    const alone = values(pipe(keyFromSeed(31), split(1), keyAt(0), draw([4])))
    expect(together.slice(0, 4)).toEqual(alone)
  })
})

describe('gamma', () => {
  it('rejects all ten proposals with a probability below 2^−43', () => {
    for (const a of [1, 1.001, 1.5, 3, 100]) {
      const d = a - 1 / 3
      const accepted = integral(
        (x) => {
          const v = (1 + x / Math.sqrt(9 * d)) ** 3
          return (
            normalDensity(x) * (v > 0 ? Math.min(1, Math.exp((x * x) / 2 + d * (1 - v + Math.log(v)))) : 0)
          )
        },
        -Math.min(10, Math.sqrt(9 * d)),
        10,
        20_000,
      )
      expect((1 - accepted) ** 10).toBeLessThan(2 ** -43)
    }
  })

  it('of a tiny parameter is 0 or above, and beta of two is near an end, never NaN', () => {
    const key = keyFromSeed(37)
    expect(values(pipe(key, gamma([100], 1e-6))).every((x) => x >= 0 && x < 20)).toBe(true)
    const ends = values(pipe(key, beta([200], 1e-6, 1e-6)))
    expect(ends.every((x) => x === 0 || x === 1)).toBe(true)
    expect(Math.abs(mean(ends) - 0.5)).toBeLessThan(DEVIATIONS * Math.sqrt(0.25 / 200))
  })

  it('of a large parameter is nearly normal about it', () => {
    const xs = values(pipe(keyFromSeed(41), gamma([2000], 1e6)))
    expect(Math.abs(mean(xs) / 1e6 - 1)).toBeLessThan(DEVIATIONS / Math.sqrt(1e6 * 2000))
  })
})

describe('bounds of truncatedNormal', () => {
  it.each([
    [-2, 2],
    [1, 1.000_001],
    [9, Infinity],
    [-Infinity, -9],
  ])('from %d to %d hold', (low, high) => {
    const xs = values(pipe(keyFromSeed(43), truncatedNormal([3000], low, high)))
    expect(xs.every((x) => Number.isFinite(x) && x >= low && x <= high)).toBe(true)
  })
})

describe('parameters that make no sense are refused', () => {
  const key = keyFromSeed(1)
  it.each<readonly [string, (k: Key) => Tensor]>([
    ['gamma', gamma([2], 0)],
    ['gamma', gamma([2], -1)],
    ['gamma', gamma([2], Number.NaN)],
    ['gamma', gamma([2], Infinity)],
    ['beta', beta([2], 0, 1)],
    ['beta', beta([2], 1, -2)],
    ['truncatedNormal', truncatedNormal([2], 1, 1)],
    ['truncatedNormal', truncatedNormal([2], 2, -2)],
    ['truncatedNormal', truncatedNormal([2], Number.NaN, 2)],
    ['truncatedNormal', truncatedNormal([2], 11, 12)],
    ['exponential', exponential([2 ** 32])],
    ['gumbel', gumbel([-1])],
  ])('%s (%#)', (where, draw) => {
    expect(attempt(() => draw(key))).toMatchObject({ _tag: 'Left', left: { _tag: 'OptionError', where } })
  })
})
