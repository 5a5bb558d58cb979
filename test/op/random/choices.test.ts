import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { fuse } from '../../../src/compile/fuse.js'
import { graphPasses } from '../../../src/compile/passes.js'
import { attempt } from '../../../src/error/error.js'
import { vmap } from '../../../src/grad/batch.js'
import { grad } from '../../../src/grad/vjp.js'
import { toGraph } from '../../../src/ir/graph.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { build } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { categorical } from '../../../src/op/random/categorical.js'
import type { Key } from '../../../src/op/random/key.js'
import { keyFromSeed } from '../../../src/op/random/key.js'
import { permutation } from '../../../src/op/random/permutation.js'
import { permuted } from '../../../src/op/random/permuted.js'
import { randomBits } from '../../../src/op/random/random-bits.js'
import { randomInteger } from '../../../src/op/random/random-integer.js'
import { split } from '../../../src/op/random/split.js'
import { evaluate } from '../../../src/run/reference.js'
import { runPlan } from '../../support/run-plan.js'
import { chiSquare, chiSquareBound } from '../../support/statistics.js'

const arrayOf = (tensor: Tensor): NdArray => evaluate([tensor])[0] ?? { shape: [], data: new Float64Array() }
const values = (tensor: Tensor): readonly number[] => [...arrayOf(tensor).data]
const rows = (tensor: Tensor): readonly (readonly number[])[] => {
  const { shape, data } = arrayOf(tensor)
  const width = shape.at(-1) ?? 1
  return Array.from({ length: data.length / width }, (_, i) => [...data.slice(i * width, (i + 1) * width)])
}
const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const countOf = (items: readonly string[], item: string): number =>
  items.filter((other) => other === item).length

/** All orders of 0 … n − 1. */
const orders = (n: number): readonly (readonly number[])[] =>
  n === 0
    ? [[]]
    : orders(n - 1).flatMap((order) =>
        Array.from({ length: n }, (_, place) => [...order.slice(0, place), n - 1, ...order.slice(place)]),
      )

describe('permutation', () => {
  it('holds every place once, at any size', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 0, max: 400 }), (s, size) => {
        const order = values(pipe(keyFromSeed(s), permutation(size)))
        expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i))
      }),
      { numRuns: 20 },
    )
  })

  it.each([7, 256, 257, 600])(
    'of %i elements deals each a random number and sorts, once or twice',
    (size) => {
      const key = keyFromSeed(47)
      const bits = rows(pipe(key, randomBits([size <= 256 ? 1 : 2, size])))
      const sorted = bits.reduce<readonly number[]>(
        (order, row) =>
          order
            .map((element, i) => ({ element, number: row[i] ?? Number.NaN }))
            .toSorted((x, y) => x.number - y.number)
            .map(({ element }) => element),
        Array.from({ length: size }, (_, i) => i),
      )
      expect(values(pipe(key, permutation(size)))).toEqual(sorted)
    },
  )

  it.each([3, 4])('takes each order of %i equally often', (n) => {
    const keys = pipe(keyFromSeed(53), split(6000))
    const drawn = rows(vmap((key: Key) => pipe(key, permutation(n)))(keys)).map(String)
    const counts = orders(n).map((order) => countOf(drawn, String(order)))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6000)
    const probability = counts.map(() => 1 / counts.length)
    expect(chiSquare(counts, probability)).toBeLessThan(chiSquareBound(counts.length - 1))
  })

  it('brings each element of a long axis to each tenth equally often', () => {
    const keys = pipe(keyFromSeed(59), split(40))
    const tenths = values(vmap((key: Key) => pipe(key, permutation(300)))(keys)).map(
      (element, i) => `${Math.floor(element / 30)} ${Math.floor((i % 300) / 30)}`,
    )
    const cells = Array.from({ length: 100 }, (_, i) => `${Math.floor(i / 10)} ${i % 10}`)
    const counts = cells.map((cell) => countOf(tenths, cell))
    expect(
      chiSquare(
        counts,
        cells.map(() => 1 / 100),
      ),
    ).toBeLessThan(chiSquareBound(81))
  })

  it.each([-1, 1.5, 2 ** 24 + 1])('refuses size %d', (size) => {
    expect(attempt(() => pipe(keyFromSeed(1), permutation(size)))).toMatchObject({
      _tag: 'Left',
      left: { _tag: 'OptionError', where: 'permutation' },
    })
  })
})

describe('permuted', () => {
  const key = keyFromSeed(61)
  const x = fromArray(
    Float64Array.from({ length: 24 }, (_, i) => i),
    [2, 4, 3],
  )

  it('takes whole rows along its axis, in the order of permutation', () => {
    const order = values(pipe(key, permutation(4)))
    expect(order).not.toEqual([0, 1, 2, 3])
    const expected = [0, 1].flatMap((i) => order.flatMap((j) => [0, 1, 2].map((k) => (i * 4 + j) * 3 + k)))
    expect(values(pipe(x, permuted(key, 1)))).toEqual(expected)
    expect(values(pipe(x, permuted(key, -2)))).toEqual(expected)
  })

  it('brings gradients back to where their elements came from', () => {
    const weights = fromArray(
      Float64Array.from({ length: 24 }, (_, i) => i * i),
      [2, 4, 3],
    )
    const loss = (y: typeof x) =>
      build.sum(build.mul(pipe(y, permuted(key, 1)), weights), [0, 1, 2]) as Tensor<readonly [], 'f32'>
    const gradient = pipe(grad(loss)(x) as typeof x, permuted(key, 1))
    expect(values(gradient)).toEqual(values(weights))
  })

  it('refuses an axis that is none', () => {
    const y: Tensor = inputTensor('y', [2, 3], 'f32')
    expect(attempt(() => pipe(y, permuted(key, 2)))).toMatchObject({ _tag: 'Left' })
  })
})

describe('categorical', () => {
  const key = keyFromSeed(67)

  it('draws each class with its probability', () => {
    const probabilities = [0.5, 0.25, 0.15, 0.07, 0.03]
    const logits = fromArray(
      Float64Array.from(probabilities, (p) => Math.log(p) + 3),
      [5],
    )
    const many = build.broadcast(logits, [10_000, 5]) as Tensor<readonly [10_000, 5], 'f32'>
    const drawn = values(pipe(many, categorical(key))).map(String)
    const counts = probabilities.map((_, i) => countOf(drawn, String(i)))
    expect(chiSquare(counts, probabilities)).toBeLessThan(chiSquareBound(4))
  })

  it('never draws a class of no probability, and always one of all', () => {
    const only = fromArray(Float64Array.of(-Infinity, -40, -Infinity), [3])
    const many = build.broadcast(only, [500, 3]) as Tensor<readonly [500, 3], 'f32'>
    expect(new Set(values(pipe(many, categorical(key))))).toEqual(new Set([1]))
  })

  it('mapped with one key draws with the same noise for all, with keys of their own each for itself', () => {
    const logits = fromArray(new Float64Array(16), [4, 4])
    const shared = vmap((x: Tensor<readonly [4], 'f32'>) => pipe(x, categorical(key)))(logits)
    expect(new Set(values(shared)).size).toBe(1)
    const keys = pipe(keyFromSeed(71), split(40))
    const same = fromArray(new Float64Array(4), [4])
    const own = vmap((k: Key) => pipe(same, categorical(k)))(keys)
    expect(new Set(values(own)).size).toBe(4)
  })

  it('refuses logits without a class, and what is no key', () => {
    for (const shape of [[], [3, 0]])
      expect(attempt(() => pipe(inputTensor('x', shape, 'f32'), categorical(key)))).toMatchObject({
        _tag: 'Left',
        left: { where: 'categorical' },
      })
  })
})

describe('randomInteger', () => {
  const key = keyFromSeed(73)

  it('draws each integer of its range equally often, and no other', () => {
    const drawn = values(pipe(key, randomInteger([10_000], 5, 16))).map(String)
    const counts = Array.from({ length: 11 }, (_, i) => countOf(drawn, String(5 + i)))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10_000)
    expect(
      chiSquare(
        counts,
        counts.map(() => 1 / 11),
      ),
    ).toBeLessThan(chiSquareBound(10))
  })

  it('is the same integer in a kernel as by definition, for any range', () => {
    fc.assert(
      fc.property(
        seed,
        fc.nat({ max: 2 ** 24 - 1 }),
        fc.integer({ min: 1, max: 2 ** 24 }),
        (s, low, span) => {
          const high = Math.min(2 ** 24, low + span)
          const draws = pipe(keyFromSeed(s), randomInteger([50], low, high))
          const graph = toGraph([{ name: 'y', tensor: draws }])
          const plan = fuse(
            graphPasses.reduce((current, pass) => pass.run(current), graph),
            { inputs: 7 },
          )
          const found = [...(runPlan(plan, {}).get('y')?.data ?? [])]
          expect(found).toEqual(values(draws))
          expect(found.every((value) => value >= low && value < high)).toBe(true)
        },
      ),
      { numRuns: 30 },
    )
  })

  it.each([
    [3, 3],
    [4, 3],
    [-1, 3],
    [0, 2 ** 24 + 1],
    [0.5, 3],
  ])('refuses from %d to %d', (low, high) => {
    expect(attempt(() => pipe(key, randomInteger([2], low, high)))).toMatchObject({
      _tag: 'Left',
      left: { where: 'randomInteger' },
    })
  })
})
