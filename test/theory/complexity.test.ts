import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { attention } from '../../src/nn/attention.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import { productFilter } from '../../src/nn/product-filter.js'
import { sizeOf } from '../../src/shape/dim.js'
import type { Cost } from './plan-cost.js'
import { costOf, slopeOf } from './plan-cost.js'

/** Section 5.1 of the paper: L positions, C channels, M units a layer of the filter's network, batch B. */

type OnAnyGrid = Tensor<readonly [number, ...number[], number], 'f32'>

const CHANNELS = 64
const WIDTH = 32

type Kind = 'implicit' | 'product'

const filterCost = (kind: Kind, grid: readonly number[], channels = CHANNELS, width = WIDTH): Cost => {
  const options = { ...paperFilter, width }
  return kind === 'implicit'
    ? costOf(implicitFilter(options)(grid, channels), {})
    : costOf(productFilter(options)(grid, channels), {})
}

const layerCost = (kind: Kind | 'attention', grid: readonly number[], batch: number, width = WIDTH): Cost => {
  const x: OnAnyGrid = inputTensor('x', [batch, ...grid, CHANNELS], 'f32')
  const options = { ...paperFilter, width }
  switch (kind) {
    case 'attention':
      return costOf(attention(8)(x), x)
    case 'implicit':
      return costOf(hyena({ filter: implicitFilter(options) })(x), x)
    case 'product':
      return costOf(hyena({ filter: productFilter(options) })(x), x)
  }
}

const square = (side: number): readonly number[] => [side, side]
const lengths = [[256], [1024], [4096]]
const squares = [16, 32, 64].map(square)
const cubes = [6, 10, 16].map((side) => [side, side, side])

describe('constructing a filter', () => {
  it.each([
    ['1-D', lengths],
    ['2-D', squares],
    ['3-D', cubes],
  ])('of %s takes operations and memory in proportion to L', (_, grids) => {
    const costs = grids.map((grid) => [sizeOf(grid), filterCost('implicit', grid)] as const)
    expect(slopeOf(costs.map(([size, { flops }]) => [size, flops]))).toBeCloseTo(1, 2)
    const slope = slopeOf(costs.map(([size, { bytes }]) => [size, bytes]))
    expect(slope).toBeGreaterThan(0.9)
    expect(slope).toBeLessThan(1.02)
  })

  it('takes at most eight operations for each of L · C · M, where M is at most C', () => {
    for (const kind of ['implicit', 'product'] as const)
      for (const grid of [...lengths, ...squares, ...cubes])
        for (const width of [8, 32, 64])
          expect(filterCost(kind, grid, 64, width).flops).toBeLessThan(8 * sizeOf(grid) * 64 * width)
  })

  it('grows with C · M where the layers to the channels outweigh those between', () => {
    const cost = (channels: number, width: number): number =>
      filterCost('implicit', [32, 32], channels, width).flops
    expect(slopeOf([512, 1024, 2048].map((channels) => [channels, cost(channels, 8)]))).toBeCloseTo(1, 1)
    const byWidth = slopeOf([32, 64, 128].map((width) => [width, cost(4096, width)]))
    expect(byWidth).toBeGreaterThan(0.9)
    expect(byWidth).toBeLessThan(1.05)
  })

  it('of a product takes less on more axes: a network an axis, and products of their results', () => {
    const perPosition = filterCost('product', [4096]).flops / 4096
    for (const grid of [...squares, ...cubes]) {
      const sides = grid.reduce((sum, side) => sum + side, 0)
      const { flops } = filterCost('product', grid)
      expect(flops).toBeLessThan(1.1 * (sides * perPosition + sizeOf(grid) * CHANNELS * (grid.length - 1)))
      expect(flops).toBeLessThan(0.75 * filterCost('implicit', grid).flops)
    }
  })

  it.each(['implicit', 'product'] as const)('%s costs the same for every batch', (kind) => {
    for (const grid of [square(8), square(32)]) {
      const [one = 0, two = 0, five = 0] = [1, 2, 5].map((batch) => layerCost(kind, grid, batch).flops)
      const perExample = two - one
      expect(five).toBe(one + 4 * perExample)
      // What is left without a batch is the filter, and its transform, which does not depend on the network's width.
      const transformed = one - perExample - filterCost(kind, grid).flops
      const [wideOne = 0, wideTwo = 0] = [1, 2].map((batch) => layerCost(kind, grid, batch, 48).flops)
      expect(wideTwo - wideOne).toBe(perExample)
      expect(2 * wideOne - wideTwo - filterCost(kind, grid, CHANNELS, 48).flops).toBe(transformed)
      expect(transformed).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('a Hyena layer', () => {
  /** Operations for each of B · C · L · log₂ L. */
  const perTerm = (grid: readonly number[]): number => {
    const size = sizeOf(grid)
    return layerCost('implicit', grid, 4).flops / (4 * CHANNELS * size * Math.log2(size))
  }

  it('takes operations in proportion to B · C · L · log L, on one axis, two and three', () => {
    for (const grids of [
      [[512], [4096]],
      [square(16), square(64)],
      [cubes[0] ?? [], cubes[2] ?? []],
    ]) {
      const [small = 0, large = 0] = grids.map(perTerm)
      expect(large / small).toBeLessThan(2.5)
      expect(large).toBeLessThan(250)
    }
  })

  it('takes operations with a slope near 1 and memory with a slope of 1, where attention has 2', () => {
    const slope = (kind: Kind | 'attention', of: keyof Cost, sides: readonly number[]): number =>
      slopeOf(sides.map((side) => [side * side, layerCost(kind, square(side), 1)[of]]))
    for (const kind of ['implicit', 'product'] as const) {
      expect(slope(kind, 'flops', [32, 64, 128])).toBeLessThan(1.2)
      expect(slope(kind, 'bytes', [32, 64, 128])).toBeLessThan(1.1)
    }
    expect(slope('attention', 'flops', [32, 48, 64])).toBeGreaterThan(1.85)
    expect(slope('attention', 'bytes', [32, 48, 64])).toBeGreaterThan(1.85)
  })

  it('takes fewer operations than attention from some length on', () => {
    const isLess = (side: number): boolean =>
      layerCost('implicit', square(side), 32).flops < layerCost('attention', square(side), 32).flops
    expect([8, 16, 24, 32].map(isLess)).toEqual([true, true, true, true])
  })
})
