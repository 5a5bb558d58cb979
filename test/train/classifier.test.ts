import { pipe } from 'fp-ts/lib/function.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vit } from '../../models/vit/index.js'
import { toGraph } from '../../src/ir/graph.js'
import { printGraph } from '../../src/ir/print.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { mapTensors, tensorPaths, tensorsOf, withTensors } from '../../src/ir/tensor-tree.js'
import type { Key } from '../../src/nn/key.js'
import type { ParamsOf } from '../../src/nn/model.js'
import { build } from '../../src/op/index.js'
import { filled, fromArray } from '../../src/op/leaf/constant.js'
import { keyAt } from '../../src/op/random/key-at.js'
import { split } from '../../src/op/random/split.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { printType } from '../../src/shape/dim.js'
import { adamw } from '../../src/train/adamw.js'
import type { TrainingOptions } from '../../src/train/classifier.js'
import { initialState, scoreBatch, trainingStep } from '../../src/train/classifier.js'
import { expectClose } from '../support/close.js'
import { someParams } from '../support/nn-values.js'
import { CLASSES, tinyVit } from '../support/tiny-vit.js'

const BATCH = 3
type Params = ParamsOf<Vit>
type Images = Vit['input']
type Labels = Tensor<readonly ['batch'], 'i24'>
type Weights = Tensor<readonly ['batch'], 'f32'>
type Scalar = Tensor<readonly [], 'f32'>

const imagesOf = (pixels: readonly number[]): Images =>
  fromArray(Float64Array.from(pixels), [pixels.length / 16, 4, 4, 1]) as Tensor as Images
const labelsOf = (labels: readonly number[]): Labels =>
  fromArray(Float64Array.from(labels), [labels.length], 'i24') as Tensor as Labels
const weightsOf = (weights: readonly number[]): Weights =>
  fromArray(Float64Array.from(weights), [weights.length]) as Tensor as Weights

const somePixels = Array.from({ length: 16 * BATCH }, (_, i) => Math.sin(3 * i + 1))
const someImages = imagesOf(somePixels)
const someLabels = labelsOf([2, 0, 1])
const rate = (value: number): Scalar => filled(value, [])
const numbersOf = (tree: unknown): readonly (readonly number[])[] =>
  evaluate(tensorsOf(tree)).map(({ data }) => [...data])
const numberOf = (x: Tensor): number => evaluate([x])[0]?.data[0] ?? NaN

/** The tree with its expressions computed, so that a chain of steps stays short. */
const settled = <T>(tree: T): T => {
  const tensors = tensorsOf(tree)
  const values = evaluate(tensors)
  return withTensors(
    tree,
    tensors.map((x, i) => fromArray(values[i]?.data ?? new Float64Array(), x.shape, x.dtype)),
  )
}

const optionsOf = (changed: Partial<TrainingOptions> = {}): TrainingOptions => ({
  optimiser: adamw(),
  smoothing: 0,
  clip: null,
  ...changed,
})
const startOf = (model: Vit, seed = 5) => settled(initialState(model, adamw(), keyFromSeed(seed)))
const evaluation = { mode: 'evaluate' } as const

const logitsOf = (model: Vit, params: Params, images: Images): readonly (readonly number[])[] => {
  const { y } = model.apply({ params, state: model.init(keyFromSeed(0)).state }, images, evaluation)
  const flat = evaluate([y])[0]?.data ?? new Float64Array()
  return Array.from({ length: flat.length / CLASSES }, (_, i) => [
    ...flat.subarray(i * CLASSES, (i + 1) * CLASSES),
  ])
}

/** −Σ target·log softmax, the target mixed with the uniform distribution. */
const crossEntropyByHand = (logits: readonly number[], label: number, smoothing: number): number => {
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
  return logits.reduce((sum, logit, k) => {
    const target = (k === label ? 1 - smoothing : 0) + smoothing / logits.length
    return sum - target * (logit - Math.log(total))
  }, 0)
}

describe('trainingStep', () => {
  const labels = fc.array(fc.nat(CLASSES - 1), { minLength: BATCH, maxLength: BATCH })
  const pixels = fc.array(
    fc.integer({ min: -128, max: 128 }).map((n) => n / 64),
    { minLength: 16 * BATCH, maxLength: 16 * BATCH },
  )

  it('has the mean cross-entropy of the batch as its loss', () => {
    const model = tinyVit()
    fc.assert(
      fc.property(pixels, labels, fc.constantFrom(0, 0.1, 1), fc.nat(), (image, label, smoothing, seed) => {
        const state = startOf(model, seed)
        const { output } = trainingStep(model, optionsOf({ smoothing }))(
          state,
          imagesOf(image),
          labelsOf(label),
          rate(0.1),
        )
        const losses = logitsOf(model, state.variables.params, imagesOf(image)).map((logits, i) =>
          crossEntropyByHand(logits, label[i] ?? 0, smoothing),
        )
        expectClose(
          'loss',
          [numberOf(output.loss)],
          [losses.reduce((sum, loss) => sum + loss, 0) / BATCH],
          1e-9,
          1e-12,
        )
      }),
      { numRuns: 10 },
    )
  })

  it('goes down its gradient: a small step lowers the loss by rate · Σ |gradient|, as Adam starts', () => {
    const model = tinyVit()
    const state = startOf(model)
    const step = trainingStep(model, optionsOf({ optimiser: adamw({ weightDecay: 0, epsilon: 1e-14 }) }))
    const size = 1e-6
    const { state: next, output } = step(state, someImages, someLabels, rate(size))
    const after = step(next, someImages, someLabels, rate(0)).output.loss
    // The first moment is a tenth of the gradient.
    const gradient = numbersOf(next.optimiser.first)
      .flat()
      .map((m) => 10 * m)
    const expected = -size * gradient.reduce((sum, g) => sum + Math.abs(g), 0)
    expectClose('loss', [numberOf(after) - numberOf(output.loss)], [expected], 1e-3, 0)
    expectClose('norm', [numberOf(output.gradientNorm)], [Math.hypot(...gradient)], 1e-9, 0)
  })

  it('hands the optimiser a gradient of at most the limit, and tells the norm before', () => {
    const model = tinyVit()
    const state = startOf(model)
    const plain = trainingStep(model, optionsOf())(state, someImages, someLabels, rate(0.1))
    const norm = numberOf(plain.output.gradientNorm)
    for (const limit of [norm / 3, norm * 3]) {
      const { state: next, output } = trainingStep(model, optionsOf({ clip: limit }))(
        state,
        someImages,
        someLabels,
        rate(0.1),
      )
      const reached = 10 * Math.hypot(...numbersOf(next.optimiser.first).flat())
      expectClose('norms', [numberOf(output.gradientNorm), reached], [norm, Math.min(norm, limit)], 1e-9, 0)
    }
  })

  it('gives back a state of the same structure and types', () => {
    const state = startOf(tinyVit({ dropPath: 0.5 }))
    const { state: next } = trainingStep(tinyVit({ dropPath: 0.5 }), optionsOf())(
      state,
      someImages,
      someLabels,
      rate(0.1),
    )
    const described = (tree: unknown): readonly string[] =>
      tensorPaths(tree).map(({ path, leaf }) => `${path}: ${printType(leaf)}`)
    expect(described(next)).toEqual(described(state))
    expect(described(state).length).toBeGreaterThan(50)
  })

  it('has another key at every step, and so drops other paths', () => {
    const model = tinyVit({ dropPath: 0.5 })
    const step = trainingStep(model, optionsOf())
    const steps = Array.from({ length: 6 }).reduce<
      readonly { readonly key: string; readonly loss: number; readonly state: ReturnType<typeof startOf> }[]
    >((done) => {
      const before = done.at(-1)?.state ?? startOf(model)
      const { state, output } = pipe(step(before, someImages, someLabels, rate(0)), settled)
      return [...done, { key: numbersOf(state.key).join(), loss: numberOf(output.loss), state }]
    }, [])
    expect(new Set(steps.map(({ key }) => key)).size).toBe(6)
    expect(new Set(steps.map(({ loss }) => loss)).size).toBeGreaterThan(2)
    // At rate 0 nothing but the key tells the steps apart.
    const params = numbersOf(startOf(model).variables.params).flat()
    expectClose('parameters', numbersOf(steps.at(-1)?.state.variables.params).flat(), params, 0, 0)
  })

  it('draws from a key of its own, not from the one it hands on', () => {
    const model = tinyVit({ dropPath: 0.5 })
    const start = startOf(model)
    const lossWith = (key: Key): number => {
      const { y } = model.apply(start.variables, someImages, { mode: 'train', key })
      return numberOf(build.mean(build.crossEntropy(y, someLabels, 0), [0]))
    }
    for (const seed of [11, 12, 13]) {
      const { state, output } = trainingStep(model, optionsOf())(
        { ...start, key: keyFromSeed(seed) },
        someImages,
        someLabels,
        rate(0),
      )
      const keys = split(2)(keyFromSeed(seed))
      const [drawnFrom, handedOn] = [keyAt(0)(keys), keyAt(1)(keys)]
      expect(numbersOf(state.key)).toEqual(numbersOf(handedOn))
      expectClose('loss', [numberOf(output.loss)], [lossWith(drawnFrom)], 1e-12, 0)
    }
  })
})

describe('scoreBatch', () => {
  const batch = 5
  const images = imagesOf(Array.from({ length: 16 * batch }, (_, i) => 2 * Math.sin(5 * i + 2)))
  const model = tinyVit()
  const params = someParams(model)
  const variables = { params, state: model.init(keyFromSeed(0)).state }
  const logits = logitsOf(model, params, images)
  const likeliest = logits.map((row) => row.indexOf(Math.max(...row)))

  it('is the sum of losses and the count of right answers, of the images that have weight', () => {
    const labels = fc.array(fc.nat(CLASSES - 1), { minLength: batch, maxLength: batch })
    const weights = fc.array(fc.constantFrom(0, 1), { minLength: batch, maxLength: batch })
    fc.assert(
      fc.property(labels, weights, (label, weight) => {
        const score = scoreBatch(model)(variables, images, labelsOf(label), weightsOf(weight))
        const counted = label.map((_, i) => i).filter((i) => weight[i] === 1)
        const loss = counted.reduce(
          (sum, i) => sum + crossEntropyByHand(logits[i] ?? [], label[i] ?? 0, 0),
          0,
        )
        expectClose('loss', [numberOf(score.loss)], [loss], 1e-9, 1e-12)
        expect(numberOf(score.correct)).toBe(counted.filter((i) => likeliest[i] === label[i]).length)
      }),
      { numRuns: 40 },
    )
  })

  it('counts no tie: a network that says nothing is never right', () => {
    const silent = mapTensors(params, (leaf, path) =>
      path.startsWith('head') ? filled(0, leaf.shape) : leaf,
    )
    const { correct, loss } = scoreBatch(model)(
      { ...variables, params: silent },
      images,
      labelsOf([0, 1, 2, 0, 1]),
      weightsOf([1, 1, 1, 1, 1]),
    )
    expect(numberOf(correct)).toBe(0)
    expectClose('loss', [numberOf(loss)], [batch * Math.log(CLASSES)], 1e-12, 0)
  })

  it('drops no path', () => {
    const dropping = tinyVit({ dropPath: 0.9 })
    const scored = (m: Vit): string => {
      const score = scoreBatch(m)(variables, images, labelsOf([0, 1, 2, 0, 1]), weightsOf([1, 1, 1, 1, 1]))
      return printGraph(
        toGraph(Object.entries(score).map(([name, tensor]: readonly [string, Tensor]) => ({ name, tensor }))),
      )
    }
    expect(scored(dropping)).toBe(scored(model))
    // In training it does.
    const key: Key = keyFromSeed(1)
    const { y } = dropping.apply(variables, images, { mode: 'train', key })
    expect(numbersOf(y)[0]).not.toEqual(logits.flat())
  })
})
