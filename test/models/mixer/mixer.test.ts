import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { s4ndDefaults, ssm2dDefaults } from '../../../models/mixer/config.js'
import {
  attentionDefaults,
  decodeMixer,
  hyenaDefaults,
  mixerConfig,
  mixerOf,
  mixersOf,
  placeOf,
} from '../../../models/mixer/index.js'
import type {
  HybridConfig,
  HyenaConfig,
  Place,
  SingleMixerConfig,
  Tokens,
} from '../../../models/mixer/index.js'
import { orFail, renderError } from '../../../src/error/error.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { countParameters } from '../../../src/nn/count.js'
import { truncatedNormalInit } from '../../../src/nn/initialiser.js'
import { printType } from '../../../src/shape/dim.js'
import { applied, numbers, someParams } from '../../support/nn-values.js'

const errorOf = (given: unknown): string => {
  const result = decodeMixer('here: ')(given)
  return E.isLeft(result) ? renderError(result.left) : 'no error'
}

const start: Place = { block: 0, before: 0 }

const made = (config: SingleMixerConfig, grid: readonly number[], channels: number, place = start) =>
  mixerOf(
    config,
    place,
    truncatedNormalInit,
  )(inputTensor('x', ['batch', ...grid, channels], 'f32') as Tensor as Tokens)

describe('options', () => {
  it('are completed by the defaults of their kind', () => {
    expect(orFail(decodeMixer('')({ kind: 'attention', heads: 3 }))).toEqual({
      ...attentionDefaults,
      heads: 3,
    })
    expect(orFail(decodeMixer('')({ kind: 'hyena', order: 3 }))).toEqual({ ...hyenaDefaults, order: 3 })
    expect(orFail(decodeMixer('')({ kind: 's4nd', states: 8 }))).toEqual({ ...s4ndDefaults, states: 8 })
    expect(orFail(decodeMixer('')({ kind: 'ssm2d', complex: true }))).toEqual({
      ...ssm2dDefaults,
      complex: true,
    })
    expect(orFail(decodeMixer('')({ kind: 'hybrid', second: { kind: 'hyena' } }))).toEqual({
      kind: 'hybrid',
      arrangement: 'halves',
      first: hyenaDefaults,
      second: hyenaDefaults,
    })
  })

  it('decoded once are left as they are by the codec and by decoding again', () => {
    for (const kind of ['attention', 'hyena', 's4nd', 'ssm2d', 'hybrid']) {
      const decoded = orFail(decodeMixer('')({ kind }))
      expect(decodeMixer('')(decoded)).toEqual(E.right(decoded))
      expect(mixerConfig.is(decoded)).toBe(true)
    }
  })

  it.each<readonly [unknown, string]>([
    [null, 'kind: expected one of attention, hyena'],
    ['hyena', 'kind: expected one of attention, hyena'],
    [{}, 'kind: expected one of'],
    [{ kind: 'toString' }, 'kind: expected one of'],
    [{ kind: 'attention', heads: 0 }, 'heads: expected a positive whole number, found 0.'],
    [{ kind: 'attention', bias: 'yes' }, 'bias: expected boolean, found yes.'],
    [{ kind: 'attention', headWidth: 0 }, 'headWidth: expected a positive whole number, or null, found 0.'],
    [{ kind: 'attention', temperature: 'warm' }, 'temperature: expected'],
    [{ kind: 'attention', order: 2 }, 'order: expected a known option'],
    [{ kind: 'hyena', order: 1 }, 'order: expected a whole number from 2, found 1.'],
    [{ kind: 'hyena', features: 4 }, 'features: expected an odd number from 3, found 4.'],
    [{ kind: 'hyena', features: 1 }, 'features: expected an odd number from 3, found 1.'],
    [{ kind: 'hyena', filterWidth: 2.5 }, 'filterWidth: expected a positive whole number, found 2.5.'],
    [{ kind: 'hyena', window: 'round' }, 'window: expected ("dimensional" | '],
    [{ kind: 'hyena', directions: 3 }, 'directions: expected (1 | 2 | 4 | "both" | "parallel"), found 3.'],
    [{ kind: 'hyena', windowPower: 0 }, 'windowPower: expected a positive number, found 0.'],
    [{ kind: 'hyena', decay: { target: 2, fast: 1, slow: 1 } }, 'decay: expected a target between 0 and 1'],
    [{ kind: 'hyena', decay: 3 }, 'decay: expected Readonly<'],
    [{ kind: 'hyena', shortTaps: 4 }, 'shortTaps: expected an odd number for a short filter that is centred'],
    [{ kind: 'hyena', shortTaps: 0, shortFilter: 'causal' }, 'shortTaps: expected a positive whole number'],
    [{ kind: 's4nd', states: 0 }, 'states: expected a positive whole number, found 0.'],
    [{ kind: 's4nd', states: 3 }, 'states: expected an even number, found 3.'],
    [{ kind: 's4nd', systems: 0.5 }, 'systems: expected a positive whole number, found 0.5.'],
    [{ kind: 's4nd', matrix: 'dense' }, 'matrix: expected'],
    [{ kind: 's4nd', start: 'lin' }, "start: expected 'legs'"],
    [{ kind: 's4nd', bidirectional: 'yes' }, 'bidirectional: expected boolean, found yes.'],
    [{ kind: 's4nd', order: 2 }, 'order: expected a known option'],
    [{ kind: 'ssm2d', states: 0 }, 'states: expected a positive whole number, found 0.'],
    [{ kind: 'ssm2d', systems: -1 }, 'systems: expected a positive whole number, found -1.'],
    [{ kind: 'ssm2d', directions: 3 }, 'directions: expected (1 | 2 | 4), found 3.'],
    [{ kind: 'ssm2d', skip: 1 }, 'skip: expected boolean, found 1.'],
    [
      { kind: 'hybrid', first: { kind: 's4nd', states: 5 } },
      'first.states: expected an even number, found 5.',
    ],
    [{ kind: 'hybrid', arrangement: 'thirds' }, 'arrangement: expected'],
    [{ kind: 'hybrid', second: { kind: 'hyena', order: 0 } }, 'second.order: expected a whole number from 2'],
    [{ kind: 'hybrid', first: { kind: 'hybrid' } }, 'first.kind: expected one of'],
  ])('%j: %s', (given, message) => {
    expect(errorOf(given)).toContain(`OptionError in here: ${message}`)
  })
})

describe('arrangements', () => {
  const letters = (arrangement: HybridConfig['arrangement'], depth: number): string =>
    mixersOf({ kind: 'hybrid', arrangement, first: hyenaDefaults, second: attentionDefaults }, depth)
      .map(({ kind }) => kind.charAt(0))
      .join('')

  it('are halves as printed, halves as released, or alternate', () => {
    expect(letters('halves', 12)).toBe('hhhhhhaaaaaa')
    expect(letters('halves', 9)).toBe('hhhhaaaaa')
    expect(letters('released halves', 12)).toBe('hhhhhhhaaaaa')
    expect(letters('released halves', 4)).toBe('hhha')
    expect(letters('alternate', 5)).toBe('hahah')
    expect(mixersOf(attentionDefaults, 2)).toEqual([attentionDefaults, attentionDefaults])
  })

  it('number the blocks of each mixer', () => {
    const config = {
      kind: 'hybrid',
      arrangement: 'alternate',
      first: hyenaDefaults,
      second: attentionDefaults,
    } as const
    expect([0, 1, 2, 3, 4].map((block) => placeOf(config, 5, block).before)).toEqual([0, 0, 1, 1, 2])
  })
})

/** Whether the first place's result changes with the last place. */
const firstSeesLast = (config: HyenaConfig, place: Place): boolean => {
  const model = made(config, [4, 4], 2, place)
  const params = someParams(model)
  const x = numbers([1, 4, 4, 2], 3)
  const moved = { ...x, data: x.data.map((value, i) => (i >= 30 ? value + 1 : value)) }
  const [before, after] = [x, moved].map((values) => applied(model, params, values).data)
  return Math.abs((before?.[0] ?? 0) - (after?.[0] ?? 0)) > 1e-12
}

describe('directions', () => {
  const at = (config: Partial<HyenaConfig>, block: number, before: number): boolean =>
    firstSeesLast({ ...hyenaDefaults, filterWidth: 3, ...config }, { block, before })

  it('alternate among Hyena blocks, or among all blocks as released', () => {
    expect([0, 1, 2, 3].map((n) => at({}, 2 * n, n))).toEqual([true, false, true, false])
    expect([0, 1, 2].map((n) => at({ alternate: 'all blocks' }, 2 * n, n))).toEqual([true, true, true])
    expect([0, 1].map((n) => at({ directions: 1 }, n, n))).toEqual([false, false])
  })
})

describe('a mixer', () => {
  const counts: readonly (readonly [Partial<HyenaConfig>, number])[] = [
    [{ axes: 'sequence' }, 159_328],
    [{ filter: 'product' }, 171_000],
    [{}, 162_712],
  ]

  it.each(counts)('has the parameters of the reference at the paper’s size: %j', (options, count) => {
    expect(countParameters(made({ ...hyenaDefaults, ...options }, [8, 8], 192))).toBe(count)
    expect(countParameters(made(attentionDefaults, [8, 8], 192))).toBe(147_648)
  })

  it('that is a state space model has the parameters of the reference at the paper’s size', () => {
    expect(countParameters(made(s4ndDefaults, [8, 8], 192))).toBe(2_124)
    expect(countParameters(made({ ...s4ndDefaults, states: 16 }, [8, 8], 192))).toBe(12_960)
    expect(countParameters(made(ssm2dDefaults, [8, 8], 192))).toBe(780)
  })

  it('of a sequence is the same on the places of a grid, one row after another', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(1, 2),
        (rows, columns, directions) => {
          const config = { ...hyenaDefaults, filterWidth: 3, directions } as const
          const flat = made({ ...config, axes: 'sequence' }, [rows, columns], 2)
          const line = made({ ...config, axes: 'grid' }, [rows * columns], 2)
          const x = numbers([2, rows, columns, 2], 5)
          const found = applied(flat, someParams(flat), x)
          expect(found.shape).toEqual([2, rows, columns, 2])
          expect([...found.data]).toEqual([
            ...applied(line, someParams(line), { shape: [2, rows * columns, 2], data: x.data }).data,
          ])
        },
      ),
      { numRuns: 10 },
    )
  })

  it('gives what it receives', () => {
    for (const config of [attentionDefaults, hyenaDefaults, s4ndDefaults, ssm2dDefaults])
      expect(printType(made(config, [2, 3], 24).output)).toBe('f32[batch, 2, 3, 24]')
  })
})
