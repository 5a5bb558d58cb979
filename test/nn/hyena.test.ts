import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { tensorPaths } from '../../src/ir/tensor-tree.js'
import { countParameters } from '../../src/nn/count.js'
import { decayWindow, dimensionalWindow } from '../../src/nn/decay-window.js'
import type { Aggregation, Direction } from '../../src/nn/direction.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import type { Filter } from '../../src/nn/filter-options.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import { zeros } from '../../src/nn/initialiser.js'
import { pure } from '../../src/nn/model.js'
import { parameter } from '../../src/nn/parameter.js'
import { productFilter } from '../../src/nn/product-filter.js'
import type { NdArray } from '../../src/op/def.js'
import { evaluate } from '../../src/run/reference.js'
import { printShape, sizeOf } from '../../src/shape/dim.js'
import type { Shape } from '../../src/shape/dim.js'
import { oracleHyena } from '../support/hyena-oracle.js'
import { applied, numbers, paramsFrom, someParams } from '../support/nn-values.js'

const filterSizes = { width: 3, depth: 2, features: 5 }
const filterOptions = {
  ...paperFilter,
  ...filterSizes,
  positions: 'fixed',
  window: decayWindow(dimensionalWindow),
} as const

interface Case {
  readonly grid: readonly number[]
  readonly channels: number
  readonly order: number
  readonly product: boolean
  readonly direction: Direction
  readonly reversal: 'first' | 'alternate' | 'every'
  readonly projections: 'shared' | 'own'
  readonly aggregation: Aggregation
  readonly shortFilter: 'same' | 'causal'
  readonly shortTaps: number
}

/** A causal layer of order 2 with every option as it is unless stated. */
const plain = {
  order: 2,
  product: false,
  direction: 'forward',
  reversal: 'first',
  projections: 'shared',
  aggregation: 'linear',
  shortFilter: 'same',
  shortTaps: 3,
} as const

const layerOf = ({ grid, channels, product, ...options }: Case, positions: 'fixed' | 'learned' = 'fixed') => {
  const chosen = { ...filterOptions, positions }
  const shape: readonly [string, ...(readonly number[]), number] = ['batch', ...grid, channels]
  const filter: Filter<unknown, unknown> = product ? productFilter(chosen) : implicitFilter(chosen)
  return hyena({ ...options, filter })(inputTensor('x', shape, 'f32'))
}

/** The layer's result for a batch of numbers, and its parameters. */
const run = (
  options: Case,
  x: NdArray,
): { readonly y: NdArray; readonly params: Readonly<Record<string, readonly number[]>> } => {
  const layer = layerOf(options)
  const params = someParams(layer)
  const leaves = tensorPaths(params)
  const values = evaluate(leaves.map(({ leaf }) => leaf))
  return {
    y: applied(layer, params, x),
    params: Object.fromEntries(leaves.map(({ path }, i) => [path, [...(values[i]?.data ?? [])]])),
  }
}

const grids = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 7 })),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
)

const cases = fc.record<Case>({
  grid: grids,
  channels: fc.integer({ min: 1, max: 2 }),
  order: fc.integer({ min: 2, max: 4 }),
  product: fc.boolean(),
  direction: fc.constantFrom<Direction>('forward', 'backward', 'both', 'all', 'parallel'),
  reversal: fc.constantFrom('first', 'alternate', 'every'),
  projections: fc.constantFrom('shared', 'own'),
  aggregation: fc.constantFrom<Aggregation>('linear', 'channels', 'projection'),
  shortFilter: fc.constantFrom('same', 'causal'),
  shortTaps: fc.constant(3),
})

const fieldOf = (x: NdArray, channels: number): readonly (readonly number[])[] =>
  Array.from({ length: x.data.length / channels }, (_, i) => [
    ...x.data.slice(i * channels, (i + 1) * channels),
  ])

describe('the Hyena operator', () => {
  it('is the formula of the paper on one, two and three axes, at every order and direction', () => {
    fc.assert(
      fc.property(cases, (options) => {
        const x = numbers([1, ...options.grid, options.channels], 3)
        const { y, params } = run(options, x)
        const expected = oracleHyena(
          { ...options, ...filterSizes, causalShortFilter: options.shortFilter === 'causal' },
          params,
          fieldOf(x, options.channels),
        ).flat()
        expected.forEach((value, i) => expect(y.data[i]).toBeCloseTo(value, 8))
        expect(y.data.length).toBe(expected.length)
      }),
      { numRuns: 40 },
    )
  })

  it('treats the examples of a batch alike and apart', () => {
    const options: Case = { ...plain, grid: [3, 2], channels: 2, direction: 'all' }
    const x = numbers([3, 3, 2, 2], 4)
    const whole = run(options, x).y
    for (let example = 0; example < 3; example++) {
      const own = run(options, {
        shape: [1, 3, 2, 2],
        data: x.data.slice(12 * example, 12 * (example + 1)),
      }).y
      own.data.forEach((value, i) => expect(whole.data[12 * example + i]).toBeCloseTo(value, 10))
    }
  })
})

/** Places of the output that change when the input changes at `place`, as index lists. */
const reached = (options: Case, place: number): readonly (readonly number[])[] => {
  const { grid, channels } = options
  const x = numbers([1, ...grid, channels], 5)
  const moved = {
    ...x,
    data: x.data.map((value, i) => (Math.floor(i / channels) === place ? value + 0.5 : value)),
  }
  const [before, after] = [run(options, x).y, run(options, moved).y]
  const changed = [...before.data].flatMap((value, i) =>
    Math.abs(value - (after.data[i] ?? 0)) > 1e-12 ? [Math.floor(i / channels)] : [],
  )
  return [...new Set(changed)].map((flat) => placeOf(flat, grid))
}

const placeOf = (flat: number, grid: readonly number[]): readonly number[] =>
  grid.map((size, axis) => Math.floor(flat / sizeOf(grid.slice(axis + 1))) % size)

const causalCases = fc.record({
  grid: grids,
  order: fc.integer({ min: 2, max: 3 }),
  product: fc.boolean(),
  at: fc.nat(1000),
})

describe('reach', () => {
  it('is causal along every axis, but for the place ahead that a centred short filter sees', () => {
    fc.assert(
      fc.property(causalCases, fc.constantFrom('causal', 'same'), ({ at, ...options }, shortFilter) => {
        const ahead = shortFilter === 'same' ? 1 : 0
        const place = at % sizeOf(options.grid)
        const from = placeOf(place, options.grid)
        const moved = reached({ ...plain, ...options, channels: 1, shortFilter }, place)
        for (const to of moved)
          to.forEach((i, axis) => expect(i).toBeGreaterThanOrEqual((from[axis] ?? 0) - ahead))
      }),
      { numRuns: 25 },
    )
  })

  it('is anti-causal along every axis when backward, but for the short filter', () => {
    fc.assert(
      fc.property(causalCases, ({ at, ...options }) => {
        const place = at % sizeOf(options.grid)
        const from = placeOf(place, options.grid)
        const moved = reached(
          { ...plain, ...options, channels: 1, direction: 'backward', reversal: 'every', shortTaps: 1 },
          place,
        )
        for (const to of moved) to.forEach((i, axis) => expect(i).toBeLessThanOrEqual(from[axis] ?? 0))
        expect(moved.length).toBe(from.reduce((count, i) => count * (i + 1), 1))
      }),
      { numRuns: 25 },
    )
  })

  it('is everywhere with all directions', () => {
    expect(reached({ ...plain, grid: [3, 3], channels: 1, direction: 'all', shortTaps: 1 }, 4)).toHaveLength(
      9,
    )
  })
})

describe('the released two-dimensional convolution', () => {
  const free = (grid: readonly number[], channels: number) =>
    pure(
      { kernel: parameter<Shape>({ shape: [...grid, channels], init: zeros }) },
      {},
      ({ kernel }) => kernel,
    )

  /** Parameters by which the gates are 1, and v is the input and comes out as it is. */
  const passing: Readonly<Record<string, readonly number[]>> = {
    'project.weight': [0, 0, 1],
    'project.bias': [1, 1, 0],
    'short.weight': [1, 1, 1],
    'short.bias': [0, 0, 0],
    'filter.kernel': [1, 2, 3, 4],
    'skip.weight': [0],
    'output.weight': [1],
    'output.bias': [0],
  }

  const convolved = (
    direction: 'forward' | 'backward',
    kernelScale: 'one' | 'inverse of 2L',
  ): readonly number[] => {
    const layer = hyena({ direction, kernelScale, shortTaps: 1, filter: free })(
      inputTensor('x', [1, 2, 2, 1], 'f32'),
    )
    const params = paramsFrom(layer, (path, shape) => ({
      shape,
      data: Float64Array.from(passing[path] ?? []),
    }))
    return [...applied(layer, params, { shape: [1, 2, 2, 1], data: Float64Array.of(5, 6, 7, 8) }).data]
  }

  it.each([
    ['forward', 'one', [5, 16, 22, 60]],
    ['backward', 'one', [70, 30, 23, 8]],
    ['forward', 'inverse of 2L', [1.25, 4, 5.5, 15]],
  ] as const)('%s, kernel times %s', (direction, scale, expected) => {
    convolved(direction, scale).forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? 0, 10))
  })
})

describe('parameters', () => {
  it.each([1, 2, 3])('are as many as the formulas say on %s axes', (rank) => {
    const grid = Array.from({ length: rank }, () => 4)
    const count = (
      order: number,
      product: boolean,
      direction: Direction,
      options: Partial<Case> = {},
    ): number =>
      countParameters(
        layerOf({ ...plain, grid, channels: 6, order, product, direction, ...options }, 'learned'),
      )
    const [C, F, E, depth] = [6, filterSizes.width, filterSizes.features, filterSizes.depth]
    const projections = (order: number): number => (order + 1) * (C * C + C + 3 ** rank * C + C) + C * C + C
    const network = (inputs: number, order: number): number =>
      inputs * F + F + (depth - 1) * (F * F + F) + F * (order - 1) * C
    const rest = (order: number): number => (order - 1) * C + F + 4 * E
    expect(count(2, false, 'forward')).toBe(projections(2) + network(rank * E, 2) + rest(2))
    expect(count(3, false, 'backward')).toBe(projections(3) + network(rank * E, 3) + rest(3))
    expect(count(2, true, 'forward')).toBe(projections(2) + rank * network(E, 2) + rest(2))
    const one = count(2, false, 'forward')
    const directions = 2 ** rank
    expect(count(2, false, 'both')).toBe(one + 3)
    expect(count(2, false, 'all')).toBe(one + directions + 1)
    expect(count(2, false, 'all', { aggregation: 'channels' })).toBe(one + (directions + 1) * C)
    expect(count(2, false, 'all', { aggregation: 'projection' })).toBe(one + directions * C * C + C)
    expect(count(2, false, 'all', { projections: 'own' })).toBe(
      one + directions + 1 + (directions - 1) * 3 * (C * C + C + 3 ** rank * C + C),
    )
    expect(count(2, false, 'parallel')).toBe(one + 3 * (3 * (3 ** rank * C + C) + C * C))
  })

  it('of the short filter are 30 a channel at order 2 on two axes', () => {
    const { short } = someParams(layerOf({ ...plain, grid: [4, 4], channels: 192 }))
    expect(sizeOf(short.weight.shape) + sizeOf(short.bias.shape)).toBe(5760)
  })
})

describe('options that cannot be', () => {
  const at = (
    shape: readonly [number, number, number, number],
    options: Partial<Case> & { readonly kernelScale?: 'inverse of 2L' },
  ) =>
    attempt(() => hyena({ filter: implicitFilter(paperFilter), ...options })(inputTensor('x', shape, 'f32')))

  it.each([0, 1, 2.5])('order %s', (order) => {
    expect(at([1, 4, 4, 2], { order })).toMatchObject({
      left: { _tag: 'OptionError', where: 'hyena', expected: 'an order from 2', found: `${order}` },
    })
  })

  it('the released scale on unequal axes', () => {
    expect(at([1, 4, 3, 2], { kernelScale: 'inverse of 2L' })).toMatchObject({
      left: { where: 'hyena', found: '[4, 3]' },
    })
  })

  it('no grid', () => {
    const flat = attempt(() =>
      hyena({ filter: implicitFilter(paperFilter) })(inputTensor('x', ['batch', 3], 'f32')),
    )
    expect(flat).toMatchObject({
      left: { _tag: 'ShapeError', where: 'hyena', found: `f32${printShape(['batch', 3])}` },
    })
  })

  it('a filter without hidden layers', () => {
    expect(attempt(() => implicitFilter({ ...paperFilter, depth: 0 })([4], 2))).toMatchObject({
      left: { where: 'filter', found: 'width 32, depth 0' },
    })
  })
})
