/**
 * What ranks the implicit filter's kernels have when their networks are random: the paper reads Theorem 5.2 as «wider
 * networks, larger ranks» (section 6.5, Figure 5). That is a tendency of some initialisations, and no law.
 */
import { describe, expect, it } from 'vitest'
import { constructionC, thresholdFilter, widthOf } from '../../models/theorems/index.js'
import { kernelRanks } from '../../src/inspect/kernel-rank.js'
import { decayWindow, releasedWindow } from '../../src/nn/decay-window.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import type { Initialisation } from '../../src/nn/initialiser.js'
import { pytorchInit, truncatedNormalInit } from '../../src/nn/initialiser.js'
import { expectRight } from '../support/gpu-environment.js'
import { kernelOf } from './filter-kernel.js'

/** DeiT's grid, and a tenth of a per cent of the largest singular value. */
const grid = [14, 14]
const TOLERANCE = 1e-3

/** Ranks of 3 × 32 random kernels. */
const ranksOf = (init: Initialisation, features: number, width: number): readonly number[] => {
  const filter = implicitFilter({
    ...paperFilter,
    init,
    features,
    width,
    window: decayWindow(releasedWindow),
  })
  return [1, 2, 3].flatMap((seed) =>
    expectRight(kernelRanks(kernelOf(filter, grid, { channels: 32, seed }), TOLERANCE)),
  )
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

describe('the rank of a random implicit kernel', () => {
  it('is at most 2 at any width with the released initialisation and features', () => {
    for (const width of [4, 32, 128])
      expect(Math.max(...ranksOf(truncatedNormalInit, 3, width))).toBeLessThanOrEqual(2)
  })

  it('rises with the width where the first weights are PyTorch’s, the more so with more features', () => {
    const rise = (features: number): number =>
      mean(ranksOf(pytorchInit, features, 128)) - mean(ranksOf(pytorchInit, features, 4))
    const [few, many] = [rise(3), rise(33)]
    expect(few).toBeGreaterThan(0.1)
    expect(many).toBeGreaterThan(1)
  })

  it('is no bound: a network of two units has a kernel of full rank on the same grid', () => {
    const network = constructionC({ axes: 2, length: 14, rank: 14 })
    expect(widthOf(network)).toBe(2)
    expect(expectRight(kernelRanks(kernelOf(thresholdFilter(network), grid), TOLERANCE))).toEqual([14])
  })
})
