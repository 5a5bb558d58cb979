import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epochOrder, xoshiro128 } from '../../src/io/shuffle.js'

const word = fc.nat({ max: 2 ** 32 - 1 })

/** xoshiro128** once more, in integers of any size, where no 32-bit trick can go wrong. */
const bigXoshiro = (seed: readonly [number, number, number, number], count: number): readonly number[] => {
  const mask = 0xffffffffn
  const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & mask
  let [a, b, c, d] = [BigInt(seed[0]), BigInt(seed[1]), BigInt(seed[2]), BigInt(seed[3])]
  return Array.from({ length: count }, () => {
    const result = (rotate((b * 5n) & mask, 7n) * 9n) & mask
    const shifted = (b << 9n) & mask
    ;[c, d] = [c ^ a, d ^ b]
    ;[b, a] = [b ^ c, a ^ d]
    ;[c, d] = [c ^ shifted, rotate(d, 11n)]
    return Number(result)
  })
}

describe('xoshiro128', () => {
  it('is the published generator', () => {
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        const next = xoshiro128([a, b, c, d])
        expect(Array.from({ length: 20 }, next)).toEqual(bigXoshiro([a, b, c, d], 20))
      }),
    )
    // The test vector of the rand_xoshiro crate, from the authors' C program.
    const next = xoshiro128([1, 2, 3, 4])
    expect(Array.from({ length: 6 }, next)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492])
  })
})

describe('epochOrder', () => {
  it('is a permutation, the same for the same seed and epoch', () => {
    fc.assert(
      fc.property(fc.nat({ max: 300 }), word, fc.nat({ max: 1000 }), (count, seed, epoch) => {
        const order = epochOrder(count, seed, epoch)
        expect(order.toSorted()).toEqual(Uint32Array.from({ length: count }, (_, index) => index))
        expect(epochOrder(count, seed, epoch)).toEqual(order)
      }),
    )
  })

  it('differs between seeds and between epochs', () => {
    fc.assert(
      fc.property(word, word, fc.nat({ max: 1000 }), (seed, other, epoch) => {
        const order = epochOrder(50, seed, epoch)
        expect(epochOrder(50, seed, epoch + 1)).not.toEqual(order)
        if (other !== seed) expect(epochOrder(50, other, epoch)).not.toEqual(order)
      }),
    )
  })

  it('favours no place: chi-squared of where each element ends', () => {
    const size = 8
    const runs = 4000
    const counts = new Float64Array(size * size)
    for (let epoch = 0; epoch < runs; epoch += 1)
      epochOrder(size, 1, epoch).forEach((element, place) => {
        counts[element * size + place] = (counts[element * size + place] ?? 0) + 1
      })
    const expected = runs / size
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 49 degrees of freedom: beyond 86 with probability below 0.001.
    expect(chiSquared).toBeLessThan(86)
  })

  it('never changes: a run can be repeated years later', () => {
    expect([...epochOrder(10, 42, 0)]).toEqual([2, 5, 8, 6, 7, 1, 0, 9, 3, 4])
  })
})
