import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import type { Initialiser } from '../../src/nn/initialiser.js'
import {
  constantInit,
  fromValues,
  initialise,
  normal,
  ones,
  placesInOrder,
  pytorchInit,
  pytorchLinear,
  ramp,
  truncatedNormal,
  uniform,
  xavierNormal,
  zeros,
} from '../../src/nn/initialiser.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'

const drawn = (init: Initialiser, shape: readonly number[] = [20, 30, 10]): readonly number[] => [
  ...(evaluate([initialise(init, shape, () => keyFromSeed(11))])[0]?.data ?? []),
]

const moments = (values: readonly number[]): { readonly mean: number; readonly deviation: number } => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    mean,
    deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length),
  }
}

const fanIn = 600
const cases: readonly (readonly [string, Initialiser, mean: number, deviation: number])[] = [
  ['normal(0.5)', normal(0.5), 0, 0.5],
  ['truncatedNormal(0.02)', truncatedNormal(0.02), 0, 0.02],
  ['uniform(−1, 3)', uniform(-1, 3), 1, 4 / Math.sqrt(12)],
  ['xavierNormal', xavierNormal, 0, Math.sqrt(2 / (fanIn + 10))],
  ['pytorchLinear', pytorchLinear, 0, 1 / Math.sqrt(3 * fanIn)],
  ['pytorch bias', pytorchInit.bias(fanIn), 0, 1 / Math.sqrt(3 * fanIn)],
]

describe('initialisers', () => {
  it.each(cases)('%s has the stated mean and deviation', (_, init, mean, deviation) => {
    const found = moments(drawn(init))
    // Six standard errors of 6,000 numbers.
    expect(Math.abs(found.mean - mean)).toBeLessThan((6 * deviation) / Math.sqrt(6000))
    expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(6 / Math.sqrt(2 * 6000))
  })

  it('shuffle by places, of which every one is taken once even among equal numbers', () => {
    const u = fromArray(Float64Array.of(0.5, 0.5, 0.1, 0.5, 0.9, 0.2, 0.9, 0.9), [2, 4])
    expect([...(evaluate([placesInOrder(u, [2, 4])])[0]?.data ?? [])]).toEqual([1, 2, 0, 3, 1, 0, 2, 3])
  })

  it('keep within their bounds', () => {
    drawn(pytorchLinear).forEach((value) => expect(Math.abs(value)).toBeLessThanOrEqual(1 / Math.sqrt(fanIn)))
    drawn(truncatedNormal(0.5, 2)).forEach((value) => expect(Math.abs(value)).toBeLessThanOrEqual(2))
  })

  it('that do not draw are what they say, and ask for no key', () => {
    const noKey = (): never => {
      throw new Error('a key was asked for')
    }
    const values = (init: Initialiser, shape: readonly number[]): readonly number[] => [
      ...(evaluate([initialise(init, shape, noKey)])[0]?.data ?? []),
    ]
    expect(values(zeros, [2])).toEqual([0, 0])
    expect(values(ones, [2])).toEqual([1, 1])
    expect(values(constantInit(7), [1])).toEqual([7])
    expect(values(fromValues(Float64Array.of(1, 2)), [2])).toEqual([1, 2])
    expect(values(ramp(1, 3), [2, 3])).toEqual([1, 2, 3, 1, 2, 3])
  })

  it('refuse a bound that would pile up mass', () => {
    expect(attempt(() => truncatedNormal(1, 2))).toMatchObject({
      left: { where: 'truncatedNormal', found: 'bound 2 at deviation 1' },
    })
  })

  it('refuse a shape without sizes', () => {
    expect(attempt(() => initialise(zeros, ['batch'], () => keyFromSeed(0)))).toMatchObject({
      left: { where: 'initialise', found: '[batch]' },
    })
  })
})
