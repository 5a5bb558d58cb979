import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../../src/error/error.js'
import { vmap } from '../../../src/grad/batch.js'
import { grad } from '../../../src/grad/vjp.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { dropout } from '../../../src/op/composite/dropout.js'
import { build } from '../../../src/op/index.js'
import { filled, fromArray } from '../../../src/op/leaf/constant.js'
import type { Key } from '../../../src/op/random/key.js'
import { keyFromSeed } from '../../../src/op/random/key.js'
import { split } from '../../../src/op/random/split.js'
import { evaluate } from '../../../src/run/reference.js'
import { DEVIATIONS, mean } from '../../support/statistics.js'

const values = (tensor: Tensor): readonly number[] => [...(evaluate([tensor])[0]?.data ?? [])]
const key = keyFromSeed(79)

describe('dropout', () => {
  it.each([0, 0.1, 0.5, 0.9])('keeps the mean at rate %d: what is kept is scaled', (rate) => {
    const ys = values(pipe(filled(3, [8000], 'f32') as Tensor<readonly [8000], 'f32'>, dropout(key, rate)))
    const kept = ys.filter((y) => y !== 0)
    kept.forEach((y) => expect(y).toBeCloseTo(3 / (1 - rate), 12))
    expect(Math.abs(kept.length / 8000 - (1 - rate))).toBeLessThanOrEqual(
      DEVIATIONS * Math.sqrt((rate * (1 - rate)) / 8000),
    )
  })

  it('drops shared axes together, and only these', () => {
    const ys = values(
      pipe(
        filled(1, [40, 5, 40], 'f32') as Tensor<readonly [40, 5, 40], 'f32'>,
        dropout(key, 0.5, { shared: [1] }),
      ),
    )
    const at = (i: number, j: number, k: number): number => ys[(i * 5 + j) * 40 + k] ?? Number.NaN
    for (let i = 0; i < 40; i++)
      for (let k = 0; k < 40; k++) for (let j = 1; j < 5; j++) expect(at(i, j, k)).toBe(at(i, 0, k))
    expect(Math.abs(mean(ys) - 1)).toBeLessThan(DEVIATIONS / Math.sqrt(1600))
  })

  it('drops what is not a number too', () => {
    const ys = values(pipe(fromArray(new Float64Array(100).fill(Number.NaN), [100]), dropout(key, 0.5)))
    expect(new Set(ys)).toEqual(new Set([0, Number.NaN]))
  })

  it('has the mask of its values as gradient', () => {
    const x = fromArray(
      Float64Array.from({ length: 50 }, (_, i) => 1 + i),
      [50],
    )
    const loss = (y: typeof x) => build.sum(pipe(y, dropout(key, 0.3)), [0]) as Tensor<readonly [], 'f32'>
    const gradient = values(grad(loss)(x))
    values(pipe(x, dropout(key, 0.3))).forEach((y, i) =>
      expect(y).toBeCloseTo((gradient[i] ?? Number.NaN) * (1 + i), 10),
    )
    expect(new Set(gradient).size).toBe(2)
  })

  it('mapped with one key has one mask, with keys of their own one each', () => {
    const x = filled(1, [30, 20], 'f32') as Tensor<readonly [30, 20], 'f32'>
    const masks = (ys: readonly number[]): number =>
      new Set(Array.from({ length: 30 }, (_, i) => ys.slice(20 * i, 20 * (i + 1)).join())).size
    const one = vmap((row: Tensor<readonly [20], 'f32'>) => pipe(row, dropout(key, 0.5)))(x)
    const own = vmap((row: Tensor<readonly [20], 'f32'>, k: Key) => pipe(row, dropout(k, 0.5)))(
      x,
      pipe(key, split(30)),
    )
    expect(masks(values(one))).toBe(1)
    expect(masks(values(own))).toBe(30)
  })

  it.each([1, -0.1, 1.5, Number.NaN])('refuses rate %d', (rate) => {
    expect(attempt(() => pipe(inputTensor('x', [3], 'f32'), dropout(key, rate)))).toMatchObject({
      _tag: 'Left',
      left: { _tag: 'OptionError', where: 'dropout', found: `${rate}` },
    })
  })

  it('refuses an axis that is none', () => {
    const x: Tensor<readonly (number | string)[], 'f32'> = inputTensor('x', [3], 'f32')
    expect(attempt(() => pipe(x, dropout(key, 0.5, { shared: [1] })))).toMatchObject({
      _tag: 'Left',
      left: { _tag: 'ShapeError', where: 'dropout' },
    })
  })
})
