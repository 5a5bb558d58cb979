import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { attentionDefaults, hyenaDefaults } from '../../../models/mixer/index.js'
import type { Tokens } from '../../../models/mixer/index.js'
import { block, decodeConfig, makeVit, paperConfig, vit, vitTokens } from '../../../models/vit/index.js'
import type { VitConfig } from '../../../models/vit/index.js'
import { orFail, renderError } from '../../../src/error/error.js'
import { valueAndGrad } from '../../../src/grad/vjp.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { tensorPaths } from '../../../src/ir/tensor-tree.js'
import { countParameters } from '../../../src/nn/count.js'
import { build } from '../../../src/op/index.js'
import { keyFromSeed } from '../../../src/op/random/key.js'
import { evaluate } from '../../../src/run/reference.js'
import { printType } from '../../../src/shape/dim.js'
import { flatten } from '../../../src/tree/tree.js'
import { isParameter } from '../../../src/nn/parameter.js'
import { relativeError } from '../../support/golden-hyena.js'
import { applied, asTensor, numbers, someParams } from '../../support/nn-values.js'

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
const tinyHyena = { kind: 'hyena', filterWidth: 4 }

/** The classifier's weight [channels, classes] and bias. */
const evaluatedHead = ({ weight, bias }: { readonly weight: Tensor; readonly bias: Tensor }) => {
  const [w, b] = evaluate([weight, bias])
  return { weight: [...(w?.data ?? [])], bias: [...(b?.data ?? [])] }
}

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
      embed: fc.record({ kind: fc.constantFrom('patches', 'shifted patches') }),
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

describe('the model', () => {
  it('takes images and gives logits', () => {
    const model = vit(paperConfig)
    expect(printType(model.input)).toBe('f32[batch, 32, 32, 3]')
    expect(printType(model.output)).toBe('f32[batch, 100]')
  })

  it('has as many parameters as the formula says', () => {
    const { width: C, depth, classes } = paperConfig
    const { filterWidth: F, features: E_ } = hyenaDefaults
    const hyena = 4 * C * C + 4 * C + 30 * C + C + (2 * E_ * F + F) + 2 * (F * F + F) + F * C + F + 8 * E_
    const block = hyena + 4 * C + 4 * C * C + 2 * C + C
    const whole = 48 * C + C + 64 * C + depth * block + 2 * C + C * classes + classes
    expect(countParameters(vit(paperConfig))).toBe(whole)
    expect(countParameters(vit(paperConfig), 'all')).toBe(whole + depth * 2 * C)
  })

  const variants: readonly object[] = [
    {},
    {
      mixer: {
        kind: 'hybrid',
        first: { ...tinyHyena, directions: 1, axes: 'sequence' },
        second: { ...tinyAttention, bias: true },
      },
      readout: 'first',
    },
    {
      mixer: { kind: 'hybrid', arrangement: 'alternate', first: tinyHyena, second: tinyAttention },
      dropPath: 0,
    },
    { mixer: { ...tinyHyena, directions: 4, projections: 'own', order: 3 }, embedInit: 'pytorch' },
    { mixer: { ...tinyHyena, filter: 'product', window: 'learned', sine: 'own', positions: 'fixed' } },
    {
      mixer: { ...tinyHyena, window: 'none', shortFilter: 'causal', kernelScale: 'inverse of 2L' },
      init: 'pytorch',
    },
    {
      mixer: { ...tinyHyena, window: 'released-symmetric' },
      columns: 4,
      init: 'xavier normal',
      dropPathSchedule: 'constant',
      positions: false,
    },
    { mixer: { ...tinyHyena, window: 'symmetric', reversal: 'alternate' } },
    { mixer: { ...tinyHyena, filter: 'free', directions: 'parallel' } },
    { mixer: { ...tinyHyena, directions: 'both', aggregation: 'channels', shortTaps: 5, windowPower: 0.5 } },
    { mixer: { ...tinyHyena, directions: 4, aggregation: 'projection', order: 3, reversal: 'every' } },
    {
      mixer: {
        kind: 'hybrid',
        arrangement: 'released halves',
        first: tinyAttention,
        second: { ...tinyHyena, window: 'released', alternate: 'all blocks' },
      },
      headInit: 'pytorch',
    },
    {
      mixer: { ...tinyAttention, bias: true },
      classToken: true,
      readout: 'class token',
      positionDeviation: 1,
    },
    {
      mixer: { ...tinyAttention, bias: true },
      classToken: true,
      readout: 'mean',
      beforeMixer: tinyHyena,
      inMlp: tinyHyena,
    },
    { mixer: { ...tinyAttention, bias: true }, classToken: true, readout: 'first', depth: 1 },
    {
      embed: { kind: 'shifted patches' },
      mixer: { ...tinyAttention, headWidth: 2, temperature: 'learned', toItself: false },
      classToken: true,
      readout: 'class token',
    },
  ]

  it.each(variants)('has a finite gradient, which is zero for constants alone: %j', (options) => {
    const config = orFail(decodeConfig(tiny)(options))
    const model = vit(config)
    const x = numbers([2, config.height, config.columns, 1], 2)
    const images = inputTensor('x', x.shape, 'f32') as Tensor as typeof model.input
    const { value, gradient } = valueAndGrad((params: ReturnType<typeof model.init>['params']) => {
      const { y } = model.apply({ params, state: model.init(keyFromSeed(0)).state }, images, {
        mode: 'train',
        key: keyFromSeed(3),
      })
      return build.sum(build.mul(y, y), [0, 1]) as Tensor<readonly [], 'f32'>
    })(someParams(model))
    const leaves = tensorPaths(gradient)
    const [loss, ...gradients] = evaluate([value, ...leaves.map(({ leaf }) => leaf)], { x })
    expect(Number.isFinite(loss?.data[0])).toBe(true)
    const still = leaves
      .filter((_, i) => gradients[i]?.data.every((slope) => slope === 0) === true)
      .map(({ path }) => path)
    const constant = flatten(isParameter, model.parameters)
      .filter(({ leaf }) => !leaf.trainable)
      .map(({ path }) => path)
    expect(gradients.every((slope) => slope.data.every(Number.isFinite))).toBe(true)
    expect(still).toEqual(constant)
  })

  /** Whether the first token's logits change with the last patch of the image. */
  const seesLastPatch = (directions: 1 | 2 | 4, options: Partial<VitConfig> = {}): boolean => {
    const mixer = { ...hyenaDefaults, filterWidth: 4, directions }
    const model = vit({ ...tiny, depth: 1, readout: 'first', mixer, ...options })
    const params = someParams(model)
    const images = numbers([1, 8, 8, 1], 4)
    const moved = { ...images, data: images.data.map((value, i) => (i === 63 ? value + 1 : value)) }
    const [before, after] = [images, moved].map((x) => [...applied(model, params, x).data])
    return before?.some((value, i) => Math.abs(value - (after?.[i] ?? 0)) > 1e-12) === true
  }

  it('begins with a backward block when it has two directions, so that the first token sees the whole image', () => {
    expect(seesLastPatch(1)).toBe(false)
    expect(seesLastPatch(2)).toBe(true)
    expect(seesLastPatch(4)).toBe(true)
    expect(seesLastPatch(1, { readout: 'mean' })).toBe(true)
  })

  it('drops paths more the deeper a block lies, and never in the first', () => {
    const config: VitConfig = { ...tiny, dropPath: 0.99 }
    const x = asTensor(numbers([4, 4, 4, 6], 6)) as Tensor as Tokens
    const difference = (index: number, schedule: VitConfig['dropPathSchedule']): number => {
      const one = block({ ...config, dropPathSchedule: schedule })(x, index)
      const variables = { params: someParams(one), state: one.init(keyFromSeed(0)).state }
      const [trained, evaluated] = evaluate([
        one.apply(variables, x, { mode: 'train', key: keyFromSeed(2) }).y,
        one.apply(variables, x, { mode: 'evaluate' }).y,
      ])
      return Math.max(...(trained?.data ?? []).map((value, i) => Math.abs(value - (evaluated?.data[i] ?? 0))))
    }
    expect(difference(0, 'linear')).toBe(0)
    expect(difference(2, 'linear')).toBeGreaterThan(0)
    expect(difference(0, 'constant')).toBeGreaterThan(0)
  })

  it('starts alike from one seed, and differently from another', () => {
    const first = (seed: number): readonly number[] => {
      const leaves = tensorPaths(vit(tiny).init(keyFromSeed(seed)).params).map(({ leaf }) => leaf)
      return evaluate(leaves).flatMap(({ data }) => [...data])
    }
    expect(first(1)).toEqual(first(1))
    expect(first(1)).not.toEqual(first(2))
  })

  it('without position embeddings is blind to the order of patches when it attends', () => {
    const logits = (positions: boolean, reversed: boolean): readonly number[] => {
      const mixer = { ...attentionDefaults, heads: 2 }
      const model = vit({ ...tiny, patch: 8, height: 16, columns: 8, mixer, positions })
      const { shape, data } = numbers([1, 16, 8, 1], 4)
      const swapped = Float64Array.from(data, (_, i) => data[(i + 64) % 128] ?? 0)
      return [...applied(model, someParams(model), { shape, data: reversed ? swapped : data }).data]
    }
    const far = (positions: boolean): number =>
      Math.max(...logits(positions, false).map((y, i) => Math.abs(y - (logits(positions, true)[i] ?? 0))))
    expect(far(false)).toBeLessThan(1e-12)
    expect(far(true)).toBeGreaterThan(1e-3)
  })

  it('reads the class token, the first patch, or the mean over the patches alone', () => {
    const attending: VitConfig = {
      ...tiny,
      mixer: { ...attentionDefaults, heads: 2 },
      classToken: true,
    }
    const x = numbers([2, 8, 8, 1], 4)
    const tokensModel = vitTokens(attending)
    const params = someParams(vit(attending))
    const tokens = applied(tokensModel, params, x)
    const { weight, bias } = evaluatedHead(params.head)
    const expected = (row: (image: number, channel: number) => number): readonly number[] =>
      [0, 1].flatMap((image) =>
        [0, 1, 2].map((output) =>
          bias.reduce(
            (sum, value, i) => (i === output ? sum + value : sum),
            [0, 1, 2, 3, 4, 5].reduce((sum, c) => sum + row(image, c) * (weight[c * 3 + output] ?? 0), 0),
          ),
        ),
      )
    const at = (image: number, token: number, c: number): number =>
      tokens.data[(image * 17 + token) * 6 + c] ?? 0
    const mean = (image: number, c: number): number =>
      Array.from({ length: 16 }, (_, i) => at(image, i + 1, c)).reduce((sum, value) => sum + value, 0) / 16
    const rows: Readonly<Record<VitConfig['readout'], (image: number, c: number) => number>> = {
      'class token': (image, c) => at(image, 0, c),
      first: (image, c) => at(image, 1, c),
      mean,
    }
    for (const readout of ['class token', 'first', 'mean'] as const) {
      const found = applied(vit({ ...attending, readout }), params, x)
      expect(relativeError(found.data, expected(rows[readout]))).toBeLessThan(1e-12)
    }
  })
})
