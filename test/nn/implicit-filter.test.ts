import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { noWindow } from '../../src/nn/decay-window.js'
import type { FilterOptions } from '../../src/nn/filter-options.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import { pytorchInit, truncatedNormalInit } from '../../src/nn/initialiser.js'
import { positionalEncoding } from '../../src/nn/positional-encoding.js'
import type { NdArray } from '../../src/op/def.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { elementAt, tabulate } from '../support/nd-arrays.js'
import { asTensor, evaluation, numbers, paramsFrom } from '../support/nn-values.js'

type Options = FilterOptions<object>
type Weights = Readonly<Record<string, NdArray>>

const network = (options: Options, grid: readonly number[], channels: number) =>
  implicitFilter(options)(grid, channels)

/** A network's parameters and the values that it gives with them, without a window. */
const run = (
  options: Options,
  grid: readonly number[],
  channels: number,
): { readonly weights: Weights; readonly values: NdArray } => {
  const filter = network(options, grid, channels)
  const weights: Record<string, NdArray> = {}
  const params = paramsFrom(
    filter,
    (path, shape) => (weights[path.replace('network.', '')] = numbers(shape, path.length)),
  )
  const { y } = filter.apply({ params, state: filter.init(keyFromSeed(0)).state }, {}, evaluation)
  const [values] = evaluate([y])
  if (values === undefined) throw new RangeError('no values')
  return { weights, values }
}

/** The network at one place by its formula: all features side by side, sin(f ⊙ ·) after each hidden layer. */
const formula = (
  { depth, sine, features, positions }: Options,
  weights: Weights,
  grid: readonly number[],
  place: readonly number[],
): readonly number[] => {
  const get = (name: string): NdArray => weights[name] ?? numbers([0], 0)
  let row: readonly number[] = place.flatMap((n, axis) => {
    const length = grid[axis] ?? 1
    const name = positions === 'learned by axis' ? `positions_axis${axis}` : `positions${length}`
    const table = weights[name] ?? positionalEncoding(length, features)
    return Array.from({ length: features }, (_, k) => elementAt(table, [n, k]))
  })
  for (let layer = 0; layer <= depth; layer++) {
    const weight = get(`weight${layer}`)
    const [, outputs = 0] = weight.shape
    const bias = weights[`bias${layer}`]
    const frequency = get(sine === 'shared' ? 'frequency' : `frequency${layer}`)
    row = Array.from({ length: outputs }, (_, o) => {
      const sum = row.reduce(
        (total, value, i) => total + value * elementAt(weight, [i, o]),
        bias === undefined ? 0 : elementAt(bias, [o]),
      )
      return layer === depth ? sum : Math.sin(elementAt(frequency, [o]) * sum)
    })
  }
  return row
}

const sizes = fc.record({
  width: fc.integer({ min: 1, max: 5 }),
  depth: fc.integer({ min: 1, max: 4 }),
  features: fc.constantFrom(3, 5, 9),
  sine: fc.constantFrom<Options['sine']>('shared', 'own'),
  positions: fc.constantFrom<Options['positions']>('fixed', 'learned', 'learned by axis'),
})

describe('the implicit filter', () => {
  it('is its formula for every width, depth, number of bands, sine and table of positions', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (chosen, grid, channels) => {
          const options: Options = { ...paperFilter, ...chosen, window: noWindow }
          const { weights, values } = run(options, grid, channels)
          const expected = tabulate(
            [...grid, channels],
            (at) => formula(options, weights, grid, at.slice(0, -1))[at.at(-1) ?? 0] ?? Number.NaN,
          )
          values.data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i] ?? Number.NaN, 10))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('starts from the frequency and the initialisation that it is told', () => {
    for (const [init, bound] of [
      [truncatedNormalInit, 0.02 * 6],
      [pytorchInit, 1 / Math.sqrt(16)],
    ] as const) {
      const options: Options = { ...paperFilter, width: 16, frequency: 14, init, window: noWindow }
      const { params } = network(options, [4], 32).init(keyFromSeed(1))
      const tensors = params.network
      const [frequency, weight, bias] = evaluate([
        tensors['frequency'] ?? asTensor(numbers([1], 1)),
        tensors['weight1'] ?? asTensor(numbers([1], 1)),
        tensors['bias1'] ?? asTensor(numbers([1], 1)),
      ])
      expect([...(frequency?.data ?? [])]).toEqual(new Array(16).fill(14))
      const largest = Math.max(...(weight?.data ?? []).map(Math.abs))
      expect(largest).toBeLessThanOrEqual(bound)
      expect(largest).toBeGreaterThan(bound / 3)
      expect(Math.max(...(bias?.data ?? []).map(Math.abs)) > 0).toBe(init === pytorchInit)
    }
  })

  it('refuses a reference grid of other axes', () => {
    const options: Options = { ...paperFilter, referenceGrid: [4], window: noWindow }
    expect(attempt(() => network(options, [4, 4], 2))).toMatchObject({
      left: { where: 'filter: referenceGrid', found: '[4]' },
    })
  })
})
