import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { classToken, exceptClassToken, withoutClassToken } from '../../src/nn/class-token.js'
import type { Tokens } from '../../src/nn/class-token.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { distinctParameters } from '../../src/nn/parameter.js'
import { evaluate } from '../../src/run/reference.js'
import { applied, numbers, someParams } from '../support/nn-values.js'

const input = (shape: readonly (number | 'batch')[]): Tokens =>
  inputTensor('x', shape, 'f32') as Tensor as Tokens

const sizes = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  grid: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
  channels: fc.integer({ min: 1, max: 3 }),
})

const product = (grid: readonly number[]): number => grid.reduce((a, b) => a * b, 1)

describe('the class token', () => {
  it('stands before the places, which follow in row-major order', () => {
    fc.assert(
      fc.property(sizes, ({ batch, grid, channels }) => {
        const made = classToken()(input(['batch', ...grid, channels]))
        const params = someParams(made)
        const x = numbers([batch, ...grid, channels], 3)
        const y = applied(made, params, x)
        const [token] = evaluate([params.token])
        expect(y.shape).toEqual([batch, 1 + product(grid), channels])
        const each = product(grid) * channels
        const expected = Array.from({ length: batch }, (_, b) => [
          ...(token?.data ?? []),
          ...x.data.slice(b * each, (b + 1) * each),
        ]).flat()
        expect([...y.data]).toEqual(expected)
        expect(
          applied(withoutClassToken(grid)(input(['batch', 1 + product(grid), channels])), {}, y),
        ).toEqual(x)
      }),
      { numRuns: 20 },
    )
  })

  it('is learned and not decayed', () => {
    const specs = distinctParameters(classToken()(input(['batch', 2, 2, 3])).parameters)
    expect(specs.map(({ path, leaf }) => [path, leaf.shape, leaf.trainable, leaf.decay])).toEqual([
      ['token', [1, 3], true, false],
    ])
  })

  it('passes by a layer of the grid, which sees the other places alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), (rows, columns) => {
        const layer = hyena({ filter: implicitFilter({ ...paperFilter, width: 3 }) })
        const alone = layer(input(['batch', rows, columns, 2]))
        const around = exceptClassToken([rows, columns], layer)(input(['batch', 1 + rows * columns, 2]))
        const x = numbers([2, 1 + rows * columns, 2], 4)
        const each = (1 + rows * columns) * 2
        const rest = [0, 1].flatMap((b) => [...x.data.slice(b * each + 2, (b + 1) * each)])
        const y = applied(around, someParams(around), x)
        const expected = applied(alone, someParams(alone), {
          shape: [2, rows, columns, 2],
          data: Float64Array.from(rest),
        }).data
        const half = expected.length / 2
        expect([...y.data]).toEqual([
          ...x.data.slice(0, 2),
          ...expected.slice(0, half),
          ...x.data.slice(each, each + 2),
          ...expected.slice(half),
        ])
      }),
      { numRuns: 10 },
    )
  })

  it('is missed where the sequence has another length', () => {
    expect(attempt(() => withoutClassToken([2, 2])(input(['batch', 4, 3])))).toMatchObject({
      left: { _tag: 'ShapeError', where: 'withoutClassToken' },
    })
    expect(
      attempt(() => exceptClassToken([2, 2], (x) => classToken()(x))(input(['batch', 2, 2, 3]))),
    ).toMatchObject({
      left: { _tag: 'ShapeError', where: 'exceptClassToken' },
    })
  })
})
