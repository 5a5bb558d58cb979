import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/inspect/kernel-rank.js'
import {
  kernelChannels,
  exactRank,
  exactRankBound,
  float32Tolerance,
  kernelRanks,
  numericalRank,
  singularValues,
  unfolding,
} from '../../src/inspect/kernel-rank.js'
import type { NdArray } from '../../src/op/def.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? 0), 0)))

const matrixOf = (rows: number, columns: number, entry: fc.Arbitrary<number>) =>
  fc.array(fc.array(entry, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows })

const transposed = (matrix: Matrix): Matrix =>
  (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j] ?? 0))

/** [I; any] · [I, any] of random integers: rows × columns of exactly the rank. */
const ofRank = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.nat({ max: 6 }))
  .chain(([rows, columns, wanted]) => {
    const rank = Math.min(rows, columns, wanted)
    const identity = (size: number): Matrix =>
      Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_unused, j) => Number(i === j)))
    return fc
      .tuple(
        matrixOf(rows - rank, rank, fc.integer({ min: -9, max: 9 })),
        matrixOf(columns - rank, rank, fc.integer({ min: -9, max: 9 })),
        fc.shuffledSubarray(
          Array.from({ length: rows }, (_, i) => i),
          { minLength: rows },
        ),
      )
      .map(([below, beside, order]) => {
        const left = [...identity(rank), ...below]
        const right = transposed([...identity(rank), ...beside])
        const whole = rank === 0 ? left.map(() => new Array<number>(columns).fill(0)) : product(left, right)
        return { matrix: order.map((row) => whole[row] ?? []), rank }
      })
  })

describe('the exact rank', () => {
  it('is that of the factors', () => {
    fc.assert(
      fc.property(ofRank, ({ matrix, rank }) => {
        expect(expectRight(exactRank(matrix))).toBe(rank)
        expect(expectRight(exactRank(transposed(matrix)))).toBe(rank)
      }),
    )
  })

  it('does not depend on powers of two, however large or small', () => {
    fc.assert(
      fc.property(ofRank, fc.integer({ min: -1000, max: 1000 }), ({ matrix, rank }, power) => {
        const scaled = matrix.map((row) => row.map((value) => value * 2 ** power))
        expect(expectRight(exactRank(scaled))).toBe(rank)
      }),
    )
  })

  it('sees the last bit of a float64', () => {
    const third = 1 / 3
    const almost = [
      [third, 2 * third],
      [third * 2, third * 4],
    ]
    expect(expectRight(exactRank(almost))).toBe(1)
    expect(
      expectRight(
        exactRank([
          [1, 1],
          [1, 1 + Number.EPSILON],
        ]),
      ),
    ).toBe(2)
    expect(expectRight(exactRank([[Number.MIN_VALUE, Number.MAX_VALUE]]))).toBe(1)
    expect([expectRight(exactRank([])), expectRight(exactRank([[], []]))]).toEqual([0, 0])
  })

  it.each<[string, Matrix]>([
    ['ValueError', [[1, Number.NaN]]],
    ['ValueError', [[Infinity]]],
    ['ShapeError', [[1, 2], [3]]],
  ])('refuses with a %s what has none', (tag, matrix) => {
    expect(expectLeft(exactRank(matrix))._tag).toBe(tag)
    expect(expectLeft(singularValues(matrix))._tag).toBe(tag)
  })
})

describe('singular values', () => {
  const entry = fc.double({ min: -2, max: 2, noNaN: true })
  const any = fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
    .chain(([rows, columns]) => matrixOf(rows, columns, entry))

  it('have the sums of squares and of fourth powers of the matrix, are sorted, and those of its transpose', () => {
    fc.assert(
      fc.property(any, (matrix) => {
        const values = expectRight(singularValues(matrix))
        const square = (m: Matrix): number => m.flat().reduce((sum, x) => sum + x * x, 0)
        expect(values.length).toBe(Math.min(matrix.length, matrix[0]?.length ?? 0))
        expect(values.reduce((sum, v) => sum + v ** 2, 0)).toBeCloseTo(square(matrix), 9)
        expect(values.reduce((sum, v) => sum + v ** 4, 0)).toBeCloseTo(
          square(product(transposed(matrix), matrix)),
          7,
        )
        expect(values.every((value, i) => value <= (values[i - 1] ?? Infinity) && value >= 0)).toBe(true)
        expectRight(singularValues(transposed(matrix))).forEach((value, i) =>
          expect(value).toBeCloseTo(values[i] ?? Number.NaN, 9),
        )
      }),
    )
  })

  it('of a diagonal are its sizes, whatever their unit', () => {
    const diagonal = (unit: number): Matrix => [
      [0, 3 * unit, 0],
      [-5 * unit, 0, 0],
    ]
    expect(expectRight(singularValues(diagonal(1)))).toEqual([5, 3])
    expect(expectRight(singularValues(diagonal(1e-200))).map((v) => v * 1e200)).toEqual([
      expect.closeTo(5, 12),
      expect.closeTo(3, 12),
    ])
    expect(expectRight(singularValues([[0, 0]]))).toEqual([0])
  })

  it('give the rank of integer matrices, and count what is above the tolerance', () => {
    fc.assert(
      fc.property(ofRank, ({ matrix, rank }) => {
        expect(expectRight(numericalRank(matrix, 1e-10))).toBe(rank)
      }),
    )
    const diagonal = [
      [1, 0],
      [0, 1e-4],
    ]
    expect([1e-3, 1e-5].map((tolerance) => expectRight(numericalRank(diagonal, tolerance)))).toEqual([1, 2])
    expect(float32Tolerance(14, 16)).toBe(16 * 2 ** -23)
  })
})

describe('an unfolding', () => {
  it('has each element in the row of its place on the axis', () => {
    const array: NdArray = { shape: [2, 3, 2], data: Float64Array.from({ length: 12 }, (_, i) => i) }
    expect(unfolding(array, 0)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10, 11],
    ])
    expect(unfolding(array, 1)).toEqual([
      [0, 1, 6, 7],
      [2, 3, 8, 9],
      [4, 5, 10, 11],
    ])
    expect(unfolding(array, 2)).toEqual([
      [0, 2, 4, 6, 8, 10],
      [1, 3, 5, 7, 9, 11],
    ])
  })

  it('of the axis with most bounds the rank; channels are looked at one by one', () => {
    // e1⊗e1⊗e1 + e1⊗e2⊗e2: ranks 1, 2 and 2.
    const array: NdArray = { shape: [2, 2, 2], data: Float64Array.of(1, 0, 0, 1, 0, 0, 0, 0) }
    expect(expectRight(exactRankBound(array))).toBe(2)
    const both: NdArray = {
      shape: [2, 2, 2],
      data: Float64Array.of(1, 1, 0, 1, 0, 1, 1, 1),
    }
    expect(kernelChannels(both).map(({ data }) => [...data])).toEqual([
      [1, 0, 0, 1],
      [1, 1, 1, 1],
    ])
    expect(expectRight(kernelRanks(both, 1e-6))).toEqual([2, 1])
    expect(expectLeft(kernelRanks({ shape: [1, 1], data: Float64Array.of(Number.NaN) }, 0))._tag).toBe(
      'ValueError',
    )
  })
})
