import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  block,
  decodeConfig,
  hyenaVit,
  makeHyenaVit,
  mixersOf,
  paperConfig,
} from '../../../models/hyena-vit/index.js'
import type { HyenaVitConfig, Tokens } from '../../../models/hyena-vit/index.js'
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
import { applied, asTensor, numbers, someParams } from '../../support/nn-values.js'

const tiny: HyenaVitConfig = {
  ...paperConfig,
  height: 8,
  columns: 8,
  channels: 1,
  classes: 3,
  patch: 2,
  width: 6,
  depth: 3,
  heads: 2,
  filterWidth: 4,
}

const errorOf = (options: unknown): string => {
  const result = decodeConfig()(options)
  return E.isLeft(result) ? renderError(result.left) : 'no error'
}

describe('configuration', () => {
  it('fills what is left out, and keeps what is given', () => {
    expect(orFail(decodeConfig()({}))).toEqual(paperConfig)
    expect(orFail(decodeConfig()({ depth: 2, window: 'none' }))).toEqual({
      ...paperConfig,
      depth: 2,
      window: 'none',
    })
    expect(orFail(decodeConfig(tiny)({ depth: 2 }))).toEqual({ ...tiny, depth: 2 })
  })

  it.each<readonly [unknown, string]>([
    [
      { patch: 5 },
      'OptionError in hyena-vit: patch: expected a side that divides height and columns, found 5.',
    ],
    [{ patch: 4, height: 30 }, 'OptionError in hyena-vit: patch:'],
    [{ depth: 0 }, 'OptionError in hyena-vit: depth: expected a positive whole number, found 0.'],
    [{ width: 1.5 }, 'OptionError in hyena-vit: width: expected a positive whole number, found 1.5.'],
    [
      { mixer: 'attention', heads: 5 },
      'OptionError in hyena-vit: heads: expected a number that divides the width, found 5.',
    ],
    [{ order: 1 }, 'OptionError in hyena-vit: order: expected a whole number from 2, found 1.'],
    [{ features: 4 }, 'OptionError in hyena-vit: features: expected an odd number from 3, found 4.'],
    [{ dropPath: 1 }, 'OptionError in hyena-vit: dropPath: expected a rate from 0 to below 1, found 1.'],
    [{ epsilon: 0 }, 'OptionError in hyena-vit: epsilon:'],
    [{ mlpRatio: 0.001 }, 'OptionError in hyena-vit: mlpRatio:'],
    [
      { height: 64, kernelScale: 'inverse of 2L' },
      "OptionError in hyena-vit: kernelScale: expected 'one' for images that are not square",
    ],
    [{ window: 'round' }, 'OptionError in hyena-vit: window: expected'],
    [{ directions: 3 }, 'OptionError in hyena-vit: directions: expected'],
    [{ depth: 'nine' }, 'OptionError in hyena-vit: depth: expected'],
    [{ detph: 9 }, 'OptionError in hyena-vit: detph: expected a known option'],
    [null, 'OptionError in hyena-vit: options: expected an object of options, found null.'],
    ['deep', 'OptionError in hyena-vit: options: expected an object of options'],
  ])('%j: %s', (options, message) => {
    expect(errorOf(options)).toContain(message)
  })

  it('is what the model is made of', () => {
    expect(makeHyenaVit({ patch: 7 })).toMatchObject({ left: { where: 'hyena-vit: patch' } })
    expect(E.isRight(makeHyenaVit(tiny))).toBe(true)
  })
})

describe('mixers', () => {
  it('are halves as printed, or alternate', () => {
    const letters = (mixer: HyenaVitConfig['mixer'], depth: number): string =>
      mixersOf({ mixer, depth })
        .map((name) => name.charAt(0))
        .join('')
    expect(letters('hyena', 3)).toBe('hhh')
    expect(letters('attention', 3)).toBe('aaa')
    expect(letters('hyena-first', 12)).toBe('hhhhhhaaaaaa')
    expect(letters('attention-first', 4)).toBe('aahh')
    expect(letters('alternate', 5)).toBe('hahah')
  })
})

describe('the model', () => {
  it('takes images and gives logits', () => {
    const vit = hyenaVit(paperConfig)
    expect(printType(vit.input)).toBe('f32[batch, 32, 32, 3]')
    expect(printType(vit.output)).toBe('f32[batch, 100]')
  })

  it('has the parameters of the ViT baseline without class token when it attends', () => {
    expect(countParameters(hyenaVit({ ...paperConfig, mixer: 'attention' }))).toBe(2_709_412)
  })

  it('has as many parameters as the formula says', () => {
    const { width: C, depth, filterWidth: F, features: E_, classes } = paperConfig
    const hyena = 4 * C * C + 4 * C + 30 * C + C + (2 * E_ * F + F) + 2 * (F * F + F) + F * C + F + 8 * E_
    const block = hyena + 4 * C + 4 * C * C + 2 * C + C
    const whole = 48 * C + C + 64 * C + depth * block + 2 * C + C * classes + classes
    expect(countParameters(hyenaVit(paperConfig))).toBe(whole)
    expect(countParameters(hyenaVit(paperConfig), 'all')).toBe(whole + depth * 2 * C)
  })

  const variants: readonly Partial<HyenaVitConfig>[] = [
    {},
    { mixer: 'hyena-first', directions: 1, readout: 'first' },
    { mixer: 'alternate', dropPath: 0 },
    { directions: 4, projections: 'own', order: 3 },
    { filter: 'product', window: 'learned', sine: 'own', positions: 'fixed' },
    { window: 'none', shortFilter: 'causal', kernelScale: 'inverse of 2L', init: 'pytorch' },
    { window: 'released-symmetric', columns: 4, init: 'xavier normal', dropPathSchedule: 'constant' },
    { directions: 2, window: 'symmetric', reversal: 'alternate', attentionBias: true },
    { mixer: 'attention-first', window: 'released', depth: 1 },
  ]

  it.each(variants)('has a finite gradient, which is zero for constants alone: %j', (options) => {
    const config = orFail(decodeConfig(tiny)(options))
    const vit = hyenaVit(config)
    const x = numbers([2, config.height, config.columns, 1], 2)
    const images = inputTensor('x', x.shape, 'f32') as Tensor as typeof vit.input
    const { value, gradient } = valueAndGrad((params: ReturnType<typeof vit.init>['params']) => {
      const { y } = vit.apply({ params, state: vit.init(keyFromSeed(0)).state }, images, {
        mode: 'train',
        key: keyFromSeed(3),
      })
      return build.sum(build.mul(y, y), [0, 1]) as Tensor<readonly [], 'f32'>
    })(someParams(vit))
    const leaves = tensorPaths(gradient)
    const [loss, ...gradients] = evaluate([value, ...leaves.map(({ leaf }) => leaf)], { x })
    expect(Number.isFinite(loss?.data[0])).toBe(true)
    const still = leaves
      .filter((_, i) => gradients[i]?.data.every((slope) => slope === 0) === true)
      .map(({ path }) => path)
    const constant = flatten(isParameter, vit.parameters)
      .filter(({ leaf }) => !leaf.trainable)
      .map(({ path }) => path)
    expect(gradients.every((slope) => slope.data.every(Number.isFinite))).toBe(true)
    expect(still).toEqual(constant)
  })

  /** Whether the first token's logits change with the last patch of the image. */
  const seesLastPatch = (options: Partial<HyenaVitConfig>): boolean => {
    const vit = hyenaVit({ ...tiny, readout: 'first', ...options })
    const params = someParams(vit)
    const images = numbers([1, 8, 8, 1], 4)
    const moved = { ...images, data: images.data.map((value, i) => (i === 63 ? value + 1 : value)) }
    const [before, after] = [images, moved].map((x) => [...applied(vit, params, x).data])
    return before?.some((value, i) => Math.abs(value - (after?.[i] ?? 0)) > 1e-12) === true
  }

  it('begins with a backward block when it has two directions, so that the first token sees the whole image', () => {
    expect(seesLastPatch({ depth: 1, directions: 1 })).toBe(false)
    expect(seesLastPatch({ depth: 1, directions: 2 })).toBe(true)
    expect(seesLastPatch({ depth: 1, directions: 4 })).toBe(true)
  })

  it('drops paths more the deeper a block lies, and never in the first', () => {
    const config: HyenaVitConfig = { ...tiny, dropPath: 0.99 }
    const x = asTensor(numbers([4, 4, 4, 6], 6)) as Tensor as Tokens
    const difference = (index: number, schedule: HyenaVitConfig['dropPathSchedule']): number => {
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
      const leaves = tensorPaths(hyenaVit(tiny).init(keyFromSeed(seed)).params).map(({ leaf }) => leaf)
      return evaluate(leaves).flatMap(({ data }) => [...data])
    }
    expect(first(1)).toEqual(first(1))
    expect(first(1)).not.toEqual(first(2))
  })
})
