import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { attempt } from '../../src/error/error.js'
import {
  decayWindow,
  dimensionalWindow,
  fastestRate,
  learnedWindow,
  noWindow,
  releasedSymmetricWindow,
  releasedWindow,
  slowestRate,
  symmetricWindow,
} from '../../src/nn/decay-window.js'
import type { WindowOptions } from '../../src/nn/decay-window.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import type { Tensor } from '../../src/ir/tensor.js'

/** Rates and values of a freshly initialised window. */
const drawn = (options: WindowOptions, grid: readonly number[], channels: number, seed = 0) => {
  const window = decayWindow(options)(grid, channels)
  const variables = window.init(keyFromSeed(seed))
  const { y } = window.apply(variables, {}, { mode: 'evaluate' })
  const shift: Tensor[] = variables.params.shift === undefined ? [] : [variables.params.shift]
  const [values, rates, shifts] = evaluate([y, variables.params.rates, ...shift])
  if (values === undefined || rates === undefined) throw new RangeError('no values')
  return { values, rates, shifts, window }
}

describe('decay window', () => {
  it('has the released rates for three channels', () => {
    const { rates } = drawn(releasedWindow, [4], 3)
    expect(rates.shape).toEqual([1, 3])
    for (const [i, rate] of [3.070113, 9.21034, 15.350567].entries())
      expect(rates.data[i]).toBeCloseTo(rate, 5)
  })

  it('has the released values on one axis', () => {
    const { values } = drawn(releasedWindow, [4], 3)
    const third = [0.35938137, 0.04641589, 0.00599484]
    const end = [0.04641589, 1e-4, 2.15e-7]
    third.forEach((value, c) => expect(values.data[3 + c]).toBeCloseTo(value, 7))
    end.forEach((value, c) => expect(values.data[9 + c]).toBeCloseTo(value, 8))
  })

  it('decays on every axis: exp(−Σ rate · t), with the shift added', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(
          dimensionalWindow,
          releasedWindow,
          symmetricWindow,
          learnedWindow,
          releasedSymmetricWindow,
          { ...dimensionalWindow, shift: 0.25 },
        ),
        fc.nat(1000),
        (grid, channels, options, seed) => {
          const { values, rates, shifts } = drawn(options, grid, channels, seed)
          expect(values.shape).toEqual([...grid, channels])
          values.data.forEach((value, flat) => {
            const channel = flat % channels
            let rest = Math.floor(flat / channels)
            let sum = 0
            for (let axis = grid.length - 1; axis >= 0; axis--) {
              const length = grid[axis] ?? 1
              const place = rest % length
              rest = Math.floor(rest / length)
              const t = options.positions === 'integer' ? place : length > 1 ? place / (length - 1) : 0
              sum +=
                (rates.data[(options.rates === 'each axis' ? axis : 0) * channels + channel] ?? Number.NaN) *
                t
            }
            const shift = options.shift === 'learned' ? (shifts?.data[channel] ?? Number.NaN) : options.shift
            expect(value).toBeCloseTo(Math.exp(-sum) + shift, 10)
          })
        },
      ),
      { numRuns: 40 },
    )
  })

  it('has the range and the power that it is told', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 4, noNaN: true }),
        fc.double({ min: 0.25, max: 2, noNaN: true }),
        (target, fast, slow, power) => {
          const options = { ...releasedWindow, decay: { target, fast, slow } }
          const { rates, values } = drawn(options, [5], 2)
          expect(Math.exp(-(rates.data[0] ?? 0) * slow)).toBeCloseTo(target, 10)
          expect(Math.exp(-(rates.data[1] ?? 0) * fast)).toBeCloseTo(target, 10)
          const raised = drawn({ ...options, power, shift: 0.125 }, [5], 2).values
          raised.data.forEach((value, i) =>
            expect(value).toBeCloseTo((values.data[i] ?? Number.NaN) ** power + 0.125, 10),
          )
        },
      ),
      { numRuns: 30 },
    )
  })

  it.each([
    ['decay', { ...releasedWindow, decay: { target: 1, fast: 0.3, slow: 1.5 } }],
    ['decay', { ...releasedWindow, decay: { target: 0.01, fast: 2, slow: 1.5 } }],
    ['power', { ...releasedWindow, power: 0 }],
  ])('refuses a %s that is none', (field, options) => {
    expect(attempt(() => decayWindow(options)([4], 2))).toMatchObject({
      left: { _tag: 'OptionError', where: `decayWindow: ${field}` },
    })
  })

  it('shuffles the rates of each axis: a permutation of the ramp that the key decides', () => {
    const ramp = Array.from({ length: 24 }, (_, i) => slowestRate + ((fastestRate - slowestRate) * i) / 23)
    const rows = (seed: number): readonly (readonly number[])[] => {
      const { data } = drawn(dimensionalWindow, [2, 3], 24, seed).rates
      return [[...data.slice(0, 24)], [...data.slice(24)]]
    }
    const [first = [], second = []] = rows(1)
    for (const row of [first, second]) {
      expect(row).not.toEqual(ramp)
      ;[...row].sort((a, b) => a - b).forEach((rate, i) => expect(rate).toBeCloseTo(ramp[i] ?? 0, 10))
    }
    expect(first).not.toEqual(second)
    expect(rows(1)).toEqual([first, second])
    expect(rows(2)).not.toEqual([first, second])
  })

  it('learns only what it says it learns', () => {
    const trainable = (options: WindowOptions): unknown => decayWindow(options)([2], 2).parameters
    expect(trainable(dimensionalWindow)).toMatchObject({ rates: { trainable: false } })
    expect(trainable(learnedWindow)).toMatchObject({ rates: { trainable: true }, shift: { trainable: true } })
  })

  it('is 1 where there is none', () => {
    const window = noWindow([2], 2)
    const [values] = evaluate([window.apply({ params: {}, state: {} }, {}, { mode: 'evaluate' }).y])
    expect([...(values?.data ?? [])]).toEqual([1, 1, 1, 1])
  })
})
