/** Theorem 5.1: a channel of the product filter is an outer product, of rank 1, or 0 where a factor is 0. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kernelChannels, exactRank, kernelRanks, unfolding } from '../../src/inspect/kernel-rank.js'
import type { Matrix } from '../../src/inspect/kernel-rank.js'
import {
  decayWindow,
  dimensionalWindow,
  learnedWindow,
  noWindow,
  releasedSymmetricWindow,
  releasedWindow,
} from '../../src/nn/decay-window.js'
import type { Window } from '../../src/nn/decay-window.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { pytorchInit, truncatedNormalInit } from '../../src/nn/initialiser.js'
import { productFilter } from '../../src/nn/product-filter.js'
import type { NdArray } from '../../src/op/def.js'
import { expectRight } from '../support/gpu-environment.js'
import { kernelOf, placeOf, sumOfProducts } from './filter-kernel.js'

const windows: Readonly<Record<string, Window<unknown>>> = {
  none: noWindow,
  dimensional: decayWindow(dimensionalWindow),
  released: decayWindow(releasedWindow),
  learned: decayWindow(learnedWindow),
  symmetric: decayWindow(releasedSymmetricWindow),
  shifted: decayWindow({ ...dimensionalWindow, shift: 0.25 }),
}

const filters = fc.record({
  grid: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  channels: fc.integer({ min: 1, max: 3 }),
  width: fc.integer({ min: 1, max: 6 }),
  depth: fc.integer({ min: 1, max: 3 }),
  features: fc.constantFrom(3, 5),
  window: fc.constantFrom(...Object.keys(windows)),
  init: fc.constantFrom(truncatedNormalInit, pytorchInit),
  seed: fc.nat({ max: 1000 }),
})

const filterOf = ({ width, depth, features, window, init }: { [K in keyof Case]: Case[K] }) =>
  productFilter({ ...paperFilter, width, depth, features, init, window: windows[window] ?? noWindow })
type Case = typeof filters extends fc.Arbitrary<infer C> ? C : never

/** The largest value, and where it stands. */
const peakOf = ({ shape, data }: NdArray): readonly [number, readonly number[]] => {
  const index = data.reduce((best, v, i) => (Math.abs(v) > Math.abs(data[best] ?? 0) ? i : best), 0)
  return [data[index] ?? 0, placeOf(index, shape)]
}

/** The vector through a place along each axis. */
const fibres = ({ shape, data }: NdArray, at: readonly number[]): readonly (readonly number[])[] =>
  shape.map((size, axis) =>
    Array.from({ length: size }, (_, j) => {
      const place = at.map((i, n) => (n === axis ? j : i))
      return data[place.reduce((index, i, n) => index * (shape[n] ?? 1) + i, 0)] ?? Number.NaN
    }),
  )

/** A unit in the last place for each product that a value is made of: window, factors, and those of the check. */
const ROUNDING = 24 * Number.EPSILON

describe('a channel of the product filter (Theorem 5.1)', () => {
  it('is the outer product of its own fibres, for any grid, width and window', () => {
    fc.assert(
      fc.property(filters, (given) => {
        for (const channel of kernelChannels(kernelOf(filterOf(given), given.grid, given))) {
          const [peak, at] = peakOf(channel)
          if (peak === 0) continue
          // T = peak · ⊗_n (fibre_n / peak)
          const factors = fibres(channel, at).map((fibre, n) =>
            fibre.map((value) => (n === 0 ? value : value / peak)),
          )
          const rebuilt = sumOfProducts(given.grid, [factors])
          channel.data.forEach((value, i) =>
            expect(Math.abs(value - (rebuilt.data[i] ?? Number.NaN))).toBeLessThanOrEqual(
              ROUNDING * Math.abs(value),
            ),
          )
        }
      }),
      { numRuns: 50 },
    )
  })

  it('has numerical rank 1 in every unfolding, however small the tolerance', () => {
    fc.assert(
      fc.property(filters, (given) => {
        const ranks = expectRight(kernelRanks(kernelOf(filterOf(given), given.grid, given), 1e-13))
        expect(Math.max(...ranks)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 50 },
    )
  })

  it('has rank 0 where the network of one axis is 0', () => {
    fc.assert(
      fc.property(filters, fc.nat({ max: 3 }), (given, n) => {
        const zero = `axis${n % given.grid.length}_weight${given.depth}`
        const kernel = kernelOf(filterOf(given), given.grid, {
          ...given,
          factor: (path) => (path.endsWith(zero) ? 0 : 1),
        })
        expect(expectRight(kernelRanks(kernel, 1e-13))).toEqual(new Array(given.channels).fill(0))
      }),
      { numRuns: 30 },
    )
  })
})

describe('an outer product', () => {
  it('of vectors of integers has exact rank 1 in every unfolding, or 0 where one is 0', () => {
    const vector = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(vector, { minLength: 1, maxLength: 4 }), (factors) => {
        const array = sumOfProducts(
          factors.map(({ length }) => length),
          [factors],
        )
        const rank = factors.every((factor) => factor.some((value) => value !== 0)) ? 1 : 0
        const unfoldings: readonly Matrix[] = factors.map((_, axis) => unfolding(array, axis))
        expect(unfoldings.map((matrix) => expectRight(exactRank(matrix)))).toEqual(factors.map(() => rank))
      }),
    )
  })
})
