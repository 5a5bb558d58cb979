import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { hyenaDefaults } from '../../../models/mixer/index.js'
import { decodeConfig, makeVit, paperConfig } from '../../../models/vit/index.js'
import type { VitConfig } from '../../../models/vit/index.js'
import { orFail, renderError } from '../../../src/error/error.js'
import { printType } from '../../../src/shape/dim.js'

const tiny: VitConfig = {
  ...paperConfig,
  height: 8,
  columns: 8,
  channels: 1,
  classes: 3,
  patch: 2,
  width: 6,
  depth: 3,
  mixer: { ...hyenaDefaults, filterWidth: 4 },
}

const tinyAttention = { kind: 'attention', heads: 2 }

const errorOf = (options: unknown): string => {
  const result = decodeConfig()(options)
  return E.isLeft(result) ? renderError(result.left) : 'no error'
}

describe('configuration', () => {
  it('fills what is left out, and keeps what is given', () => {
    expect(orFail(decodeConfig()({}))).toEqual(paperConfig)
    expect(orFail(decodeConfig()({ depth: 2, mixer: { kind: 'hyena', window: 'none' } }))).toEqual({
      ...paperConfig,
      depth: 2,
      mixer: { ...hyenaDefaults, window: 'none' },
    })
    expect(orFail(decodeConfig(tiny)({ depth: 2 }))).toEqual({ ...tiny, depth: 2 })
  })

  const hybrid = (first: object, second: object = tinyAttention): object => ({
    mixer: { kind: 'hybrid', first, second },
  })

  it.each<readonly [unknown, string]>([
    [{ patch: 5 }, 'patch: expected a side that divides height and columns, found 5.'],
    [{ patch: 4, height: 30 }, 'patch:'],
    [{ depth: 0 }, 'depth: expected a positive whole number, found 0.'],
    [{ width: 1.5 }, 'width: expected a positive whole number, found 1.5.'],
    [{ classes: -1 }, 'classes: expected a positive whole number, found -1.'],
    [
      { mixer: { kind: 'attention', heads: 5 } },
      'mixer.heads: expected a number that divides the 192 channels, found 5.',
    ],
    [
      hybrid({ kind: 'hyena' }, { kind: 'attention', heads: 5 }),
      'mixer.second.heads: expected a number that divides the 192 channels, found 5.',
    ],
    [
      { inMlp: { kind: 'attention', heads: 5 } },
      'inMlp.heads: expected a number that divides the 384 channels, found 5.',
    ],
    [{ beforeMixer: { kind: 'attention', heads: 5 } }, 'beforeMixer.heads:'],
    [{ beforeMixer: { kind: 'convolution' } }, 'beforeMixer.kind: expected one of'],
    [{ beforeMixer: 3 }, 'beforeMixer.kind: expected one of'],
    [{ classToken: true }, 'classToken: expected false with a mixer that works on a grid, found true.'],
    [
      { classToken: true, ...hybrid({ kind: 'attention' }, { kind: 'hyena' }) },
      'classToken: expected false with a mixer that works on a grid',
    ],
    [{ readout: 'class token' }, "readout: expected 'mean' or 'first' without a class token"],
    [{ readout: 'last' }, 'readout: expected'],
    [{ embed: { kind: 'pixels' } }, 'embed.kind: expected one of patches'],
    [{ embed: 'patches' }, 'embed.kind: expected one of patches'],
    [{ embed: { kind: 'patches', side: 4 } }, 'embed.side: expected a known option'],
    [{ embed: { kind: 'shifted patches' }, patch: 1 }, 'patch: expected a side from 2 for shifted patches'],
    [{ embed: { kind: 'convolutions' } }, 'patch: expected the product of the strides of embed, found 4.'],
    [{ embed: { kind: 'convolutions', strides: [2, 2] } }, 'embed.strides: expected a positive whole number'],
    [{ embed: { kind: 'convolutions', widths: [] } }, 'embed.widths: expected positive whole numbers'],
    [{ embed: { kind: 'convolutions', widths: [24, 0, 48, 96] } }, 'embed.widths: expected positive whole'],
    [{ embed: { kind: 'convolutions', taps: 2 } }, 'embed.taps: expected an odd number, found 2.'],
    [
      { patch: 32, mixer: { kind: 'attention', toItself: false } },
      'mixer.toItself: expected true with a single token',
    ],
    [{ positionDeviation: -1 }, 'positionDeviation: expected a number from 0'],
    [{ dropPath: 1 }, 'dropPath: expected a rate from 0 to below 1, found 1.'],
    [{ epsilon: 0 }, 'epsilon:'],
    [{ mlpRatio: 0.001 }, 'mlpRatio:'],
    [
      { height: 64, mixer: { kind: 'hyena', kernelScale: 'inverse of 2L' } },
      "mixer.kernelScale: expected 'one' for images that are not square",
    ],
    [{ depth: 'nine' }, 'depth: expected number, found nine.'],
    [{ detph: 9 }, 'detph: expected a known option'],
    [null, 'options: expected an object of options, found null.'],
    ['deep', 'options: expected an object of options'],
  ])('%j: %s', (options, message) => {
    expect(errorOf(options)).toContain(`OptionError in vit: ${message}`)
  })

  it('is what the model is made of', () => {
    expect(makeVit({ patch: 7 })).toMatchObject({ left: { where: 'vit: patch' } })
    expect(E.isRight(makeVit(tiny))).toBe(true)
  })

  it('that is refused is refused for a reason: what is decoded can be built', () => {
    const side = fc.integer({ min: 1, max: 9 })
    const mixer = fc.oneof(
      fc.record({
        kind: fc.constant('attention'),
        heads: fc.integer({ min: 1, max: 4 }),
        headWidth: fc.option(fc.integer({ min: 0, max: 3 })),
        temperature: fc.constantFrom('fixed', 'learned'),
        toItself: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant('hyena'),
        axes: fc.constantFrom('grid', 'sequence'),
        filterWidth: fc.integer({ min: 1, max: 3 }),
        order: fc.integer({ min: 1, max: 3 }),
        filter: fc.constantFrom('implicit', 'product', 'free'),
        window: fc.constantFrom('dimensional', 'learned', 'symmetric', 'none'),
        positions: fc.constantFrom('fixed', 'learned', 'learned by axis'),
        directions: fc.constantFrom(1, 2, 4, 'both', 'parallel'),
        aggregation: fc.constantFrom('linear', 'channels', 'projection'),
        projections: fc.constantFrom('shared', 'own'),
        shortFilter: fc.constantFrom('default', 'same', 'causal'),
        shortTaps: fc.integer({ min: 1, max: 4 }),
        kernelScale: fc.constantFrom('one', 'inverse of 2L'),
      }),
    )
    const options = fc.record({
      height: side,
      columns: side,
      channels: fc.integer({ min: 1, max: 3 }),
      classes: fc.integer({ min: 1, max: 4 }),
      patch: fc.integer({ min: 1, max: 3 }),
      embed: fc.oneof(
        fc.record({ kind: fc.constantFrom('patches', 'shifted patches') }),
        fc.record({
          kind: fc.constant('convolutions'),
          widths: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
          strides: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
          taps: fc.constantFrom(1, 3),
          activated: fc.boolean(),
        }),
      ),
      width: fc.integer({ min: 1, max: 6 }),
      depth: fc.integer({ min: 1, max: 3 }),
      mixer: fc.oneof(
        mixer,
        fc.record({
          kind: fc.constant('hybrid'),
          arrangement: fc.constantFrom('halves', 'released halves', 'alternate'),
          first: mixer,
          second: mixer,
        }),
      ),
      beforeMixer: fc.option(mixer),
      inMlp: fc.option(mixer),
      classToken: fc.boolean(),
      positions: fc.boolean(),
      readout: fc.constantFrom('mean', 'first', 'class token'),
    })
    fc.assert(
      fc.property(options, (given) => {
        const decoded = decodeConfig()(given)
        const made = makeVit(given)
        expect(E.isRight(made)).toBe(E.isRight(decoded))
        if (E.isRight(made)) expect(printType(made.right.output)).toBe(`f32[batch, ${given.classes}]`)
      }),
    )
  })
})
