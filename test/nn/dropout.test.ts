import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { dropPath } from '../../src/nn/drop-path.js'
import { dropout } from '../../src/nn/dropout.js'
import { foldPath } from '../../src/nn/key.js'
import { build } from '../../src/op/index.js'
import { filled } from '../../src/op/leaf/constant.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { DEVIATIONS } from '../support/statistics.js'
import { evaluation } from '../support/nn-values.js'

const grid = inputTensor('x', [500, 8], 'f32')
const ones = filled(1, [500, 8], 'f32') as typeof grid
const nothing = { params: {}, state: {} }
const key = keyFromSeed(83)

describe('dropout as a layer', () => {
  it('drops elements in training, scaled, and is the identity in evaluation', () => {
    const layer = dropout(0.2)(grid)
    const { y } = layer.apply(nothing, ones, { mode: 'train', key })
    const data = [...(evaluate([y])[0]?.data ?? [])]
    const kept = data.filter((value) => value !== 0)
    kept.forEach((value) => expect(value).toBeCloseTo(1.25, 12))
    expect(Math.abs(kept.length / 4000 - 0.8)).toBeLessThan(DEVIATIONS * Math.sqrt((0.8 * 0.2) / 4000))
    expect(layer.apply(nothing, ones, evaluation).y).toBe(ones)
  })

  it('draws anew at each place of a model', () => {
    const layer = dropout(0.5)(grid)
    const [first, second] = ['a', 'b'].map(
      (path) => layer.apply(nothing, ones, { mode: 'train', key, path }).y,
    )
    expect(evaluate(first === undefined ? [] : [first])).not.toEqual(
      evaluate(second === undefined ? [] : [second]),
    )
  })

  it.each([1, -0.1, Number.NaN])('refuses rate %s', (rate) => {
    expect(attempt(() => dropout(rate)(grid))).toMatchObject({
      left: { _tag: 'OptionError', where: 'dropout', found: `${rate}` },
    })
  })
})

describe('drop path', () => {
  it('keeps the examples whose uniform number lies below 1 − rate', () => {
    const { y } = dropPath(0.3)(grid).apply(nothing, ones, { mode: 'train', key, path: 'block' })
    const uniform = evaluate([build.uniform(foldPath(key, 'block'), [500])])[0]?.data ?? []
    const wanted = Array.from(uniform, (u) => (u < 0.7 ? 1 : 0)).flatMap((kept) =>
      Array<number>(8).fill(kept),
    )
    expect([...(evaluate([y])[0]?.data ?? [])].map((value) => (value === 0 ? 0 : 1))).toEqual(wanted)
  })
})
