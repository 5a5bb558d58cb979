import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import { attempt } from '../../../src/error/error.js'
import { vmap } from '../../../src/grad/batch.js'
import { grad } from '../../../src/grad/vjp.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { build } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { bernoulli } from '../../../src/op/random/bernoulli.js'
import { foldInStep } from '../../../src/op/random/fold-in-step.js'
import { foldIn } from '../../../src/op/random/fold-in.js'
import { keyAt } from '../../../src/op/random/key-at.js'
import type { Key } from '../../../src/op/random/key.js'
import { keyFromSeed } from '../../../src/op/random/key.js'
import { normal } from '../../../src/op/random/normal.js'
import { randomBits } from '../../../src/op/random/random-bits.js'
import { split } from '../../../src/op/random/split.js'
import { threefry } from '../../../src/op/random/threefry.js'
import { uniform } from '../../../src/op/random/uniform.js'
import { evaluate } from '../../../src/run/reference.js'
import {
  correlation,
  DEVIATIONS,
  kolmogorov,
  kolmogorovBound,
  mean,
  normalDistribution,
  variance,
} from '../../support/statistics.js'

const values = (tensor: Tensor): readonly number[] => [...(evaluate([tensor])[0]?.data ?? [])]
const step = (value: number): Tensor<readonly [], 'i24'> => fromArray(Float64Array.of(value), [], 'i24')
const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

const COUNT = 20_000

describe('keys', () => {
  it('of a seed hold its 64 bits as halves', () => {
    expect(values(keyFromSeed(0))).toEqual([0, 0, 0, 0])
    expect(values(keyFromSeed(0x1_2345_6789))).toEqual([0, 1, 0x2345, 0x6789])
    expect(values(keyFromSeed(Number.MAX_SAFE_INTEGER))).toEqual([0x1f, 0xffff, 0xffff, 0xffff])
    for (const bad of [-1, 0.5, 2 ** 53, Number.NaN])
      expect(attempt(() => keyFromSeed(bad))).toMatchObject({ _tag: 'Left', left: { where: 'keyFromSeed' } })
  })

  it('made in different ways never meet, and each is the block it is documented to be', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 0, max: 1000 }), (s, i) => {
        const key = keyFromSeed(s)
        const words = [Math.floor(s / 2 ** 32), s % 2 ** 32] as const
        const block = (domain: number): readonly number[] =>
          threefry(words, [i, domain]).flatMap((word) => [word >>> 16, word & 0xffff])
        const made = [
          pipe(key, split(i + 1), keyAt(i)),
          pipe(key, foldIn(i)),
          pipe(key, foldInStep(step(i))),
        ].map(values)
        expect(made).toEqual([block(1), block(2), block(3)])
        expect(new Set([...made, values(key)].map(String)).size).toBe(4)
      }),
      { numRuns: 30 },
    )
  })

  it('folded with large words and steps use all their bits', () => {
    const key = keyFromSeed(5)
    const folded = [0, 1, 0x10000, 0xffffffff].map((word) => String(values(pipe(key, foldIn(word)))))
    const stepped = [0, 1, 0x10000, 0xffffff].map((value) =>
      String(values(pipe(key, foldInStep(step(value))))),
    )
    expect(new Set([...folded, ...stepped]).size).toBe(8)
  })

  it('are refused where they are none, and words where they have no 32 bits', () => {
    const key = keyFromSeed(1)
    expect(attempt(() => build.uniform(inputTensor('x', [4], 'f32'), [2]))).toMatchObject({
      _tag: 'Left',
      left: { where: 'randomBits' },
    })
    expect(attempt(() => build.split(inputTensor('x', [4, 2], 'i24'), 2))).toMatchObject({
      _tag: 'Left',
      left: { where: 'split' },
    })
    for (const word of [-1, 2 ** 32, 1.5])
      expect(attempt(() => foldIn(word)(key))).toMatchObject({ _tag: 'Left', left: { where: 'foldIn' } })
    expect(attempt(() => randomBits([2 ** 16, 2 ** 16])(key))).toMatchObject({ _tag: 'Left' })
    expect(attempt(() => keyAt(3)(split(3)(key)))).toMatchObject({ _tag: 'Left', left: { where: 'keyAt' } })
  })
})

describe('keys with leading axes', () => {
  const key = keyFromSeed(21)
  const keys = pipe(key, split(6))
  const eachKey = [0, 1, 2, 3, 4, 5].map((i) => pipe(keys, keyAt(i)))

  it('each draw what they draw alone, also mapped twice', () => {
    const draw = (k: Key) => pipe(k, normal([3]))
    const twice = vmap(vmap(draw))(build.reshape(keys, [2, 3, 4]) as Tensor<readonly [2, 3, 4], 'i24'>)
    expect(twice.shape).toEqual([2, 3, 3])
    expect(values(twice)).toEqual(eachKey.flatMap((k) => values(draw(k))))
  })

  it('meet steps of another mapping: every key with every step', () => {
    const steps = fromArray(Float64Array.of(3, 70_000), [2], 'i24')
    const at = (k: Key, s: Tensor<readonly [], 'i24'>): Key => pipe(k, foldInStep(s))
    const pairs = vmap((k: Key) => vmap((s: Tensor<readonly [], 'i24'>) => at(k, s))(steps))(keys)
    const others = vmap((s: Tensor<readonly [], 'i24'>) => vmap((k: Key) => at(k, s))(keys), { out: 1 })(
      steps,
    )
    expect(pairs.shape).toEqual([6, 2, 4])
    expect(values(pairs)).toEqual(
      eachKey.flatMap((k) => [3, 70_000].flatMap((value) => values(at(k, step(value))))),
    )
    expect(values(others)).toEqual(values(pairs))
  })

  it('of one split are independent: no pair of neighbours is correlated, and all together are one sample', () => {
    const [count, each] = [400, 50]
    const many = pipe(keyFromSeed(23), split(count))
    const xs = values(vmap((k: Key) => pipe(k, normal([each])))(many))
    expect(Math.abs(correlation(xs.slice(each), xs.slice(0, -each)))).toBeLessThan(
      DEVIATIONS / Math.sqrt(xs.length - each),
    )
    expect(kolmogorov(xs, normalDistribution)).toBeLessThan(kolmogorovBound(xs.length))
  })

  it('are refused where operands differ in them', () => {
    const wide = inputTensor('keys', [2, 4], 'i24')
    expect(attempt(() => build.foldInStep(wide, inputTensor('steps', [3], 'i24')))).toMatchObject({
      _tag: 'Left',
      left: { where: 'foldInStep' },
    })
  })
})

describe('draws', () => {
  it('are the same for the same key, others for another, and do not depend on the shape', () => {
    fc.assert(
      fc.property(seed, (s) => {
        const [a, b] = [keyFromSeed(s), pipe(keyFromSeed(s), foldIn(1))]
        expect(values(pipe(a, randomBits([3, 8])))).toEqual(values(pipe(a, randomBits([24]))))
        expect(values(pipe(a, randomBits([24])))).not.toEqual(values(pipe(b, randomBits([24]))))
      }),
      { numRuns: 30 },
    )
  })

  it('are 24 bits each, every one of them fair', () => {
    const bits = values(pipe(keyFromSeed(7), randomBits([COUNT])))
    expect(bits.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 24)).toBe(true)
    for (let bit = 0; bit < 24; bit++) {
      const share = mean(bits.map((value) => (value >> bit) & 1))
      expect(Math.abs(share - 0.5)).toBeLessThan(DEVIATIONS * Math.sqrt(0.25 / COUNT))
    }
  })

  it('of uniform lie in [0, 1) and are uniform', () => {
    const xs = values(pipe(keyFromSeed(11), uniform([COUNT])))
    expect(xs.every((x) => x >= 0 && x < 1 && Math.fround(x) === x)).toBe(true)
    expect(Math.abs(mean(xs) - 0.5)).toBeLessThan(DEVIATIONS * Math.sqrt(1 / 12 / COUNT))
    expect(Math.abs(variance(xs) - 1 / 12)).toBeLessThan(DEVIATIONS * Math.sqrt(1 / 180 / COUNT))
    expect(kolmogorov(xs, (x) => x)).toBeLessThan(kolmogorovBound(COUNT))
  })

  it('of normal are normal, neighbours uncorrelated', () => {
    const xs = values(pipe(keyFromSeed(13), normal([COUNT])))
    expect(xs.every(Number.isFinite)).toBe(true)
    expect(Math.abs(mean(xs))).toBeLessThan(DEVIATIONS / Math.sqrt(COUNT))
    expect(Math.abs(variance(xs) - 1)).toBeLessThan(DEVIATIONS * Math.sqrt(2 / COUNT))
    expect(Math.abs(mean(xs.map((x) => x ** 3)))).toBeLessThan(DEVIATIONS * Math.sqrt(15 / COUNT))
    expect(Math.abs(mean(xs.slice(1).map((x, i) => x * (xs[i] ?? 0))))).toBeLessThan(
      DEVIATIONS / Math.sqrt(COUNT),
    )
    expect(kolmogorov(xs, normalDistribution)).toBeLessThan(kolmogorovBound(COUNT))
  })

  it('of bernoulli are true with the given probability; 0 is never, 1 always', () => {
    for (const probability of [0, 0.1, 0.5, 0.9, 1]) {
      const share = mean(values(pipe(keyFromSeed(17), bernoulli([COUNT], probability))))
      expect(Math.abs(share - probability)).toBeLessThanOrEqual(
        DEVIATIONS * Math.sqrt((probability * (1 - probability)) / COUNT),
      )
    }
    expect(attempt(() => pipe(keyFromSeed(1), bernoulli([2], 1.5)))).toMatchObject({
      _tag: 'Left',
      left: { where: 'bernoulli' },
    })
  })

  it('are constants to a gradient', () => {
    const key: Key = keyFromSeed(3)
    const loss = (x: Tensor<readonly [4], 'f32'>) =>
      build.sum(build.mul(x, pipe(key, normal([4]))), [0]) as Tensor<readonly [], 'f32'>
    expect(values(grad(loss)(fromArray(Float64Array.of(1, 2, 3, 4), [4])))).toEqual(
      values(pipe(key, normal([4]))),
    )
  })
})
