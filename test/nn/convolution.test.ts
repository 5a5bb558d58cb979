import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { averagePool, maxPool } from '../../src/nn/pool.js'
import { channelDropout } from '../../src/nn/channel-dropout.js'
import type { Tokens } from '../../src/nn/class-token.js'
import type { ConvolutionOptions } from '../../src/nn/convolution.js'
import { convolution, heConvolution } from '../../src/nn/convolution.js'
import { convolutionStem, linearStem, vitcStem } from '../../src/nn/convolution-stem.js'
import { countParameters } from '../../src/nn/count.js'
import { groupNorm } from '../../src/nn/group-norm.js'
import { distinctParameters } from '../../src/nn/parameter.js'
import { rmsNorm } from '../../src/nn/rms-norm.js'
import type { NdArray } from '../../src/op/def.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { applied, asTensor, numbers, someParams } from '../support/nn-values.js'

const input = (shape: readonly (number | 'batch')[]): Tokens =>
  inputTensor('x', shape, 'f32') as Tensor as Tokens

const close = (found: ArrayLike<number>, expected: ArrayLike<number>): void => {
  expect(found.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++)
    expect(found[i] ?? Number.NaN).toBeCloseTo(expected[i] ?? Number.NaN, 9)
}

/** Every way of choosing one number below each size. */
const places = (sizes: readonly number[]): readonly (readonly number[])[] =>
  sizes.reduce<readonly (readonly number[])[]>(
    (lists, size) => lists.flatMap((list) => Array.from({ length: size }, (_, i) => [...list, i])),
    [[]],
  )

const at = ({ shape, data }: NdArray, index: readonly number[]): number =>
  index.every((i, axis) => i >= 0 && i < (shape[axis] ?? 0))
    ? (data[index.reduce((flat, i, axis) => flat * (shape[axis] ?? 1) + i, 0)] ?? Number.NaN)
    : 0

const sizes = fc.record({
  grid: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
  taps: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 1, max: 2 }),
  inputs: fc.integer({ min: 1, max: 2 }),
  outputs: fc.integer({ min: 1, max: 2 }),
  bias: fc.boolean(),
})

describe('a convolution', () => {
  it('sums over taps and channels of its group at every stride-th place', () => {
    fc.assert(
      fc.property(sizes, ({ grid, taps, stride, groups, bias, ...each }) => {
        const [inputs, outputs] = [groups * each.inputs, groups * each.outputs]
        const layer = convolution(outputs, { taps, stride, groups, bias: bias as boolean })
        const model = layer(input(['batch', ...grid, inputs]))
        const params = someParams(model)
        const x = numbers([2, ...grid, inputs], 1)
        const values = evaluate(Object.values(params) as Tensor[])
        const named = Object.fromEntries(Object.keys(params).map((name, i) => [name, values[i]]))
        const [weight, shift] = [named['weight'] ?? x, named['bias']]
        const before = Math.floor((taps - 1) / 2)
        const y = applied(model, params, x)
        const out = grid.map((size) => Math.ceil(size / stride))
        expect(y.shape).toEqual([2, ...out, outputs])
        const expected = places([2, ...out, outputs]).map(([b = 0, ...rest]) => {
          const o = rest.at(-1) ?? 0
          const first = Math.floor(o / each.outputs) * each.inputs
          const terms = places([...grid.map(() => taps), each.inputs]).map((tap) => {
            const source = grid.map((_, axis) => (rest[axis] ?? 0) * stride + (tap[axis] ?? 0) - before)
            return at(x, [b, ...source, first + (tap.at(-1) ?? 0)]) * at(weight, [...tap, o])
          })
          return terms.reduce((sum, term) => sum + term, shift === undefined ? 0 : at(shift, [o]))
        })
        close(y.data, expected)
      }),
      { numRuns: 40 },
    )
  })

  it('starts from N(0, 2 / terms of a sum) with He’s values; the bias is not decayed', () => {
    const model = convolution(64, { taps: 3, init: heConvolution })(input(['batch', 4, 4, 16]))
    const { params } = model.init(keyFromSeed(1))
    const [weight] = evaluate([params.weight])
    const data = [...(weight?.data ?? [])]
    const square = data.reduce((sum, value) => sum + value * value, 0) / data.length
    expect(Math.abs(square / (2 / (9 * 16)) - 1)).toBeLessThan(0.06)
    expect(distinctParameters(model.parameters).map(({ path, leaf }) => [path, leaf.decay])).toEqual([
      ['weight', true],
      ['bias', false],
    ])
  })

  it.each([
    [{ taps: 0 }, 4, 'convolution: taps'],
    [{ taps: [3, 3, 3] }, 4, 'convolution: taps'],
    [{ taps: 3, stride: 0.5 }, 4, 'convolution: stride'],
    [{ taps: 3, dilation: 0 }, 4, 'convolution: dilation'],
    [{ taps: 3, groups: 3 }, 4, 'convolution: groups'],
    [{ taps: 3, groups: 2 }, 3, 'convolution: groups'],
    [{ taps: 3 }, 0, 'convolution: outputs'],
  ])('%j with %i outputs is refused by name', (options: ConvolutionOptions, outputs, where) => {
    const refused = attempt(() => convolution(outputs, options)(input(['batch', 5, 5, 4])))
    expect(refused).toMatchObject({ left: { _tag: 'OptionError', where } })
  })
})

describe('a stem of convolutions', () => {
  it('has the parameters of the released linear stem, and of ViT_C', () => {
    const images = input(['batch', 224, 224, 3])
    const linear = convolutionStem(linearStem(192))(images)
    expect(linear.output.shape).toEqual(['batch', 14, 14, 192])
    expect(countParameters(linear)).toBe(946848)
    const pycls = convolutionStem(vitcStem(192))(images)
    const norms = 2 * (24 + 48 + 96 + 192)
    expect(countParameters(pycls)).toBe(9 * (3 * 24 + 24 * 48 + 48 * 96 + 96 * 192) + norms + 192 * 193)
  })

  it('is linear without activations: a sum of images gives the sum of tokens', () => {
    const model = convolutionStem({ widths: [2, 3], outputs: 2, activated: false })(input(['batch', 6, 5, 2]))
    const params = someParams(model)
    const of = (data: Float64Array): Float64Array =>
      Float64Array.from(applied(model, params, { shape: [1, 6, 5, 2], data }).data)
    const [a, b] = [numbers([60], 1).data, numbers([60], 2).data]
    const [ya, yb, zero] = [of(a as Float64Array), of(b as Float64Array), of(new Float64Array(60))]
    close(
      of(Float64Array.from(a, (value, i) => value + (b[i] ?? 0))),
      Array.from(ya, (value, i) => value + (yb[i] ?? 0) - (zero[i] ?? 0)),
    )
  })

  it.each([
    [{ widths: [0] }, 'widths'],
    [{ widths: [2, 3], strides: [2] }, 'strides'],
    [{ widths: [2, 3], strides: [2, -1] }, 'strides'],
    [{ widths: [2, 3], taps: [3] }, 'taps'],
  ])('%j is refused by name', (options, field) => {
    const made = attempt(() =>
      convolutionStem({ outputs: 2, activated: true, ...options })(input(['batch', 4, 4, 3])),
    )
    expect(made).toMatchObject({ left: { _tag: 'OptionError', where: `convolutionStem: ${field}` } })
  })
})

describe('dropout of channels', () => {
  it('drops whole channels of an example in training, and none in evaluation', () => {
    const model = channelDropout(0.25)(input(['batch', 2, 3, 50]))
    const x = { shape: [40, 2, 3, 50], data: new Float64Array(40 * 6 * 50).fill(1) }
    expect(applied(model, {}, x)).toEqual(x)
    const { y } = model.apply({ params: {}, state: {} }, asTensor(x) as Tokens, {
      mode: 'train',
      key: keyFromSeed(2),
    })
    const value = evaluate([y])[0] ?? x
    const first = places([40, 50]).map(([b = 0, c = 0]) => at(value, [b, 0, 0, c]))
    for (const [i, [b = 0, c = 0]] of places([40, 50]).entries())
      for (const [row = 0, column = 0] of places([2, 3]))
        expect(at(value, [b, row, column, c])).toBe(first[i])
    expect([...new Set(first.map((kept) => kept.toFixed(6)))].sort()).toEqual(['0.000000', '1.333333'])
    expect(Math.abs(first.filter((kept) => kept === 0).length / 2000 - 0.25)).toBeLessThan(0.05)
  })

  it('refuses a rate of 1', () => {
    expect(attempt(() => channelDropout(1)(input(['batch', 2, 2])))).toMatchObject({
      left: { _tag: 'OptionError', where: 'channelDropout' },
    })
  })
})

describe('pools and norms', () => {
  it('take the largest element and the mean of each window', () => {
    const pool = fc.record({
      grid: fc.array(fc.integer({ min: 3, max: 6 }), { minLength: 1, maxLength: 2 }),
      window: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 3 }),
    })
    fc.assert(
      fc.property(pool, ({ grid, window, stride }) => {
        const x = numbers([2, ...grid, 2], 1)
        const from = input(['batch', ...grid, 2])
        const out = grid.map((size) => Math.floor((size - window) / stride) + 1)
        const windows = places([2, ...out, 2]).map(([b = 0, ...rest]) =>
          places(grid.map(() => window)).map((tap) =>
            at(x, [b, ...tap.map((t, axis) => (rest[axis] ?? 0) * stride + t), rest.at(-1) ?? 0]),
          ),
        )
        const largest = applied(maxPool({ window, stride })(from), {}, x)
        expect(largest.shape).toEqual([2, ...out, 2])
        close(
          largest.data,
          windows.map((values) => Math.max(...values)),
        )
        close(
          applied(averagePool({ window, stride })(from), {}, x).data,
          windows.map((values) => values.reduce((a, b) => a + b) / values.length),
        )
      }),
      { numRuns: 20 },
    )
    const beside = maxPool({ window: 2 })(input(['batch', 6, 5, 2]))
    expect(beside.output.shape).toEqual(['batch', 3, 2, 2])
  })

  it('standardise groups of channels over all places, or scale rows to one', () => {
    const x = numbers([2, 3, 2, 4], 1)
    const grouped = applied(
      groupNorm(2, 1e-12)(input(['batch', 3, 2, 4])),
      {
        scale: asTensor({ shape: [4], data: new Float64Array(4).fill(1) }) as Tensor<
          readonly [number],
          'f32'
        >,
        shift: asTensor({ shape: [4], data: new Float64Array(4) }) as Tensor<readonly [number], 'f32'>,
      },
      x,
    )
    for (const [b = 0, group = 0] of places([2, 2])) {
      const values = places([3, 2, 2]).map(([i = 0, j = 0, c = 0]) => at(grouped, [b, i, j, 2 * group + c]))
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 9)
      expect(values.reduce((sum, value) => sum + value * value, 0) / 12).toBeCloseTo(1, 6)
    }
    const scale = asTensor({ shape: [4], data: Float64Array.from([1, 2, 3, 4]) })
    const rows = applied(
      rmsNorm(1e-12)(input(['batch', 3, 2, 4])),
      { scale: scale as Tensor<readonly [number], 'f32'> },
      x,
    )
    for (const [b = 0, i = 0, j = 0] of places([2, 3, 2])) {
      const row = [0, 1, 2, 3].map((c) => at(x, [b, i, j, c]))
      const size = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / 4)
      close(
        [0, 1, 2, 3].map((c) => at(rows, [b, i, j, c])),
        row.map((value, c) => (value / size) * (c + 1)),
      )
    }
  })

  it('refuse options by name', () => {
    const from = input(['batch', 4, 4, 4])
    expect(attempt(() => groupNorm(3)(from))).toMatchObject({ left: { where: 'groupNorm: groups' } })
    expect(attempt(() => maxPool({ window: 0 })(from))).toMatchObject({ left: { where: 'maxPool: window' } })
    expect(attempt(() => averagePool({ window: 2, stride: [2] })(from))).toMatchObject({
      left: { where: 'averagePool: stride' },
    })
  })
})
