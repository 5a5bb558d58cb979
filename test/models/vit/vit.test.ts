import { describe, expect, it } from 'vitest'
import { attentionDefaults, hyenaDefaults } from '../../../models/mixer/index.js'
import type { Tokens } from '../../../models/mixer/index.js'
import { block, decodeConfig, paperConfig, vit, vitTokens } from '../../../models/vit/index.js'
import type { VitConfig } from '../../../models/vit/index.js'
import { orFail } from '../../../src/error/error.js'
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
    { embed: { kind: 'convolutions', widths: [2, 3], strides: [1, 2], activated: false } },
    { embed: { kind: 'convolutions', widths: [2], strides: [2], activated: true } },
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

  it('has layers before mixers and in MLPs on the grid, beside a class token too', () => {
    for (const classToken of [false, true]) {
      const options = { mixer: tinyAttention, beforeMixer: tinyHyena, inMlp: tinyHyena, classToken, depth: 1 }
      const model = vit(orFail(decodeConfig(tiny)(options)))
      const shapes = flatten(isParameter, model.parameters).flatMap(({ path, leaf }) =>
        path.endsWith('short.weight') ? [[path, leaf.shape]] : [],
      )
      expect(shapes).toEqual([
        ['blocks.0.mix.body.before.short.weight', [3, 3, 1, 18]],
        ['blocks.0.feed.body.inside.short.weight', [3, 3, 1, 36]],
      ])
    }
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
