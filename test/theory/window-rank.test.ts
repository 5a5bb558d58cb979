/** A separable window keeps a kernel's rank; a shift γ at most doubles it (the window of Eq. 7). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/inspect/kernel-rank.js'
import { exactRank } from '../../src/inspect/kernel-rank.js'
import { decayWindow, dimensionalWindow, paperDecay } from '../../src/nn/decay-window.js'
import { expectRight } from '../support/gpu-environment.js'
import { kernelOf } from './filter-kernel.js'

const integers = (length: number, min: number) =>
  fc.array(fc.integer({ min, max: 9 }), { minLength: length, maxLength: length })

/** A sum of outer products of integer vectors, and two positive vectors. */
const cases = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 4 }))
  .chain(([rows, columns, terms]) =>
    fc.record({
      left: fc.array(integers(rows, -9), { minLength: terms, maxLength: terms }),
      right: fc.array(integers(columns, -9), { minLength: terms, maxLength: terms }),
      rowWindow: integers(rows, 1),
      columnWindow: integers(columns, 1),
      shift: fc.integer({ min: -9, max: 9 }),
    }),
  )

type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never

const kernelFrom = ({ left, right, rowWindow, columnWindow }: Case): Matrix =>
  rowWindow.map((_, i) =>
    columnWindow.map((_unused, j) => left.reduce((sum, a, k) => sum + (a[i] ?? 0) * (right[k]?.[j] ?? 0), 0)),
  )

const windowed = (kernel: Matrix, rows: readonly number[], columns: readonly number[], shift = 0): Matrix =>
  kernel.map((row, i) => row.map((value, j) => value * ((rows[i] ?? 0) * (columns[j] ?? 0) + shift)))

const rankOf = (matrix: Matrix): number => expectRight(exactRank(matrix))

describe('a window', () => {
  it('that is a product of positive vectors keeps the rank of every kernel', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const kernel = kernelFrom(given)
        expect(rankOf(windowed(kernel, given.rowWindow, given.columnWindow))).toBe(rankOf(kernel))
      }),
    )
  })

  it('with a shift at most doubles it', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const kernel = kernelFrom(given)
        const { rowWindow, columnWindow, shift } = given
        expect(rankOf(windowed(kernel, rowWindow, columnWindow, shift))).toBeLessThanOrEqual(
          2 * rankOf(kernel),
        )
      }),
    )
  })

  it('with a shift doubles the rank of some kernels of each rank', () => {
    for (const rank of [1, 2, 3]) {
      const side = 2 * rank
      const places = Array.from({ length: side }, (_, i) => i)
      // Columns 1, x, x², … of a Vandermonde matrix; the window multiplies by x^rank, and the shift adds the old ones.
      const kernel = places.map((i) =>
        places.map((j) =>
          Array.from({ length: rank }, (_, k) => (i + 1) ** k * (j + 1) ** k).reduce((a, b) => a + b, 0),
        ),
      )
      const powers = places.map((i) => (i + 1) ** rank)
      expect([rankOf(kernel), rankOf(windowed(kernel, powers, powers, 1))]).toEqual([rank, 2 * rank])
    }
  })
})

describe('our decay window', () => {
  const sides = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 })

  it('without a shift is positive, and the product of its values along the axes', () => {
    fc.assert(
      fc.property(sides, fc.nat({ max: 99 }), (grid, seed) => {
        const { data } = kernelOf(decayWindow({ ...dimensionalWindow, decay: paperDecay }), grid, { seed })
        expect(data.every((value) => value > 0)).toBe(true)
        const size = data.length
        const strides = grid.map((_, axis) => grid.slice(axis + 1).reduce((a, b) => a * b, 1))
        data.forEach((value, i) => {
          const product = grid.reduce(
            (sofar, length, axis) =>
              sofar * (data[(Math.floor(i / (strides[axis] ?? 1)) % length) * (strides[axis] ?? 1)] ?? 0),
            1,
          )
          expect(Math.abs(product / value - 1)).toBeLessThan(1e-13 * size)
        })
      }),
      { numRuns: 30 },
    )
  })

  it('without a shift keeps exact ranks, as what it is along the axes', () => {
    fc.assert(
      fc.property(cases, fc.nat({ max: 99 }), (given, seed) => {
        const along = (length: number) => [
          ...kernelOf(decayWindow(dimensionalWindow), [length], { seed }).data,
        ]
        const kernel = kernelFrom(given)
        const [rows, columns] = [along(given.rowWindow.length), along(given.columnWindow.length)]
        // To 20 bits, so that products of them with the kernel's integers are exact.
        const rounded = (values: readonly number[]) => values.map((v) => Math.round(v * 2 ** 20) + 1)
        expect(rankOf(windowed(kernel, rounded(rows), rounded(columns)))).toBe(rankOf(kernel))
      }),
      { numRuns: 30 },
    )
  })
})
