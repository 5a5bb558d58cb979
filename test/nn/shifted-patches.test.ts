/** Shifted patch tokenisation and patch merging, against plain loops. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { tensorPaths } from '../../src/ir/tensor-tree.js'
import type { Tokens } from '../../src/nn/class-token.js'
import { countParameters } from '../../src/nn/count.js'
import { patchMerging } from '../../src/nn/patch-merging.js'
import { shiftedPatches } from '../../src/nn/shifted-patches.js'
import type { NdArray } from '../../src/op/def.js'
import { evaluate } from '../../src/run/reference.js'
import type { Values } from '../support/attention-oracle.js'
import { affine } from '../support/attention-oracle.js'
import { relativeError } from '../support/golden-hyena.js'
import { applied, numbers, someParams } from '../support/nn-values.js'

const tokens = (grid: readonly number[], channels: number): Tokens =>
  inputTensor('x', ['batch', ...grid, channels], 'f32') as Tensor as Tokens

const valuesOf = (params: unknown): Values => {
  const leaves = tensorPaths(params)
  const values = evaluate(leaves.map(({ leaf }) => leaf))
  return Object.fromEntries(leaves.flatMap(({ path }, i) => (values[i] ? [[path, values[i]]] : [])))
}

/** Layer normalisation of rows. */
const normed = ({ shape, data }: NdArray, values: Values): NdArray => {
  const size = shape.at(-1) ?? 1
  return {
    shape,
    data: data.map((value, i) => {
      const row = data.slice(i - (i % size), i - (i % size) + size)
      const mean = row.reduce((sum, each) => sum + each, 0) / size
      const variance = row.reduce((sum, each) => sum + (each - mean) ** 2, 0) / size
      const scale = values['norm.scale']?.data[i % size] ?? 0
      return (
        ((value - mean) / Math.sqrt(variance + 1e-5)) * scale + (values['norm.shift']?.data[i % size] ?? 0)
      )
    }),
  }
}

/** A row for each cell of a grid of cells `side` wide, of what `read` gives for it, normed and projected. */
const projected = (
  [batch, rows, columns]: readonly [number, number, number],
  read: (example: number, row: number, column: number) => readonly number[],
  values: Values,
): NdArray => {
  const cells = Array.from({ length: batch * rows * columns }, (_, i) =>
    read(Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns),
  )
  const flat = { shape: [cells.length, cells[0]?.length ?? 0], data: Float64Array.from(cells.flat()) }
  return affine(normed(flat, values), values['project.weight'], values['project.bias'])
}

const range = (size: number): readonly number[] => Array.from({ length: size }, (_, i) => i)

/** Reads x [batch, height, width, channels], zeros outside. */
const reader =
  ({ shape: [, height = 1, width = 1, channels = 1], data }: NdArray) =>
  (example: number, i: number, j: number, c: number): number =>
    i < 0 || j < 0 || i >= height || j >= width
      ? 0
      : (data[((example * height + i) * width + j) * channels + c] ?? Number.NaN)

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 3 }),
  columns: fc.integer({ min: 1, max: 3 }),
  channels: fc.integer({ min: 1, max: 3 }),
})

describe('shifted patches', () => {
  const directions = [
    [0, 0],
    [-1, -1],
    [-1, 1],
    [1, -1],
    [1, 1],
  ] as const

  it('are patches of the image and of its four diagonal neighbours, normed and projected', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 2, max: 5 }), ({ rows, columns, channels }, side) => {
        const made = shiftedPatches(side, 4)(tokens([rows * side, columns * side], channels))
        const params = someParams(made)
        const x = numbers([2, rows * side, columns * side, channels], 2)
        const read = reader(x)
        const shift = Math.floor(side / 2)
        const expected = projected(
          [2, rows, columns],
          (example, row, column) =>
            range(side).flatMap((p) =>
              range(side).flatMap((q) =>
                directions.flatMap(([down, right]) =>
                  range(channels).map((c) =>
                    read(example, row * side + p + down * shift, column * side + q + right * shift, c),
                  ),
                ),
              ),
            ),
          valuesOf(params),
        )
        const y = applied(made, params, x)
        expect(y.shape).toEqual([2, rows, columns, 4])
        expect(relativeError(y.data, expected.data)).toBeLessThan(1e-11)
      }),
      { numRuns: 40 },
    )
  })

  it('have the parameters of the released layer', () => {
    const count = (side: number, width: number, channels: number): number =>
      countParameters(shiftedPatches(side, width)(tokens([2 * side, 2 * side], channels)))
    expect(count(4, 192, 3)).toBe(2 * 240 + 240 * 192 + 192)
    expect(count(2, 192, 96)).toBe(2 * 20 * 96 + 20 * 96 * 192 + 192)
  })

  it('work on a grid of any number of axes', () => {
    expect(shiftedPatches(2, 5)(tokens([4], 3)).output.shape).toEqual(['batch', 2, 5])
    expect(shiftedPatches(2, 5)(tokens([4, 2, 2], 3)).output.shape).toEqual(['batch', 2, 1, 1, 5])
  })

  it('refuse a side that is too small or does not fill the grid', () => {
    const refused = (side: number): unknown => attempt(() => shiftedPatches(side, 4)(tokens([6, 6], 1)))
    expect(refused(1)).toMatchObject({ left: { where: 'shiftedPatches: side', found: '1' } })
    expect(refused(2.5)).toMatchObject({ left: { where: 'shiftedPatches: side', found: '2.5' } })
    expect(refused(4)).toMatchObject({ left: { where: 'patchify' } })
  })
})

describe('patch merging', () => {
  it('lays neighbours side by side, those along the first axis first, norms and projects them', () => {
    fc.assert(
      fc.property(sizes, ({ rows, columns, channels }) => {
        const made = patchMerging(2 * channels)(tokens([2 * rows, 2 * columns], channels))
        const params = someParams(made)
        const x = numbers([2, 2 * rows, 2 * columns, channels], 7)
        const read = reader(x)
        const expected = projected(
          [2, rows, columns],
          (example, row, column) =>
            [0, 1].flatMap((q) =>
              [0, 1].flatMap((p) =>
                range(channels).map((c) => read(example, 2 * row + p, 2 * column + q, c)),
              ),
            ),
          valuesOf(params),
        )
        const y = applied(made, params, x)
        expect(y.shape).toEqual([2, rows, columns, 2 * channels])
        expect(relativeError(y.data, expected.data)).toBeLessThan(1e-11)
      }),
      { numRuns: 30 },
    )
  })

  it('has no bias, and refuses what cannot be halved', () => {
    expect(countParameters(patchMerging(8)(tokens([4, 4], 4)))).toBe(2 * 16 + 16 * 8)
    expect(attempt(() => patchMerging(4)(tokens([4, 3], 2)))).toMatchObject({
      left: { where: 'patchMerging' },
    })
  })
})
