import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { tensorPaths } from '../../src/ir/tensor-tree.js'
import { attention } from '../../src/nn/attention.js'
import { countParameters } from '../../src/nn/count.js'
import { dropPath } from '../../src/nn/drop-path.js'
import { layerNorm } from '../../src/nn/layer-norm.js'
import { learnedPositions } from '../../src/nn/learned-positions.js'
import { linear } from '../../src/nn/linear.js'
import { mlp } from '../../src/nn/mlp.js'
import { patchify } from '../../src/nn/patchify.js'
import { firstToken, meanPool } from '../../src/nn/readout.js'
import { shortConvolution } from '../../src/nn/short-convolution.js'
import type { NdArray } from '../../src/op/def.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { printType } from '../../src/shape/dim.js'
import { applied, asTensor, evaluation, numbers, someParams } from '../support/nn-values.js'

const grid = <const S extends readonly (number | string)[]>(...shape: S) => inputTensor('x', shape, 'f32')

const valuesOf = (params: unknown): Readonly<Record<string, NdArray>> => {
  const leaves = tensorPaths(params)
  const values = evaluate(leaves.map(({ leaf }) => leaf))
  return Object.fromEntries(
    leaves.map(({ path }, i) => [path, values[i] ?? { shape: [], data: new Float64Array() }]),
  )
}

const close = (found: ArrayLike<number>, expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length)
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 9))
}

/** rows · weight + bias */
const affine = (x: NdArray, weight: NdArray, bias: NdArray | undefined): number[] => {
  const [inputs = 0, outputs = 0] = weight.shape
  return Array.from({ length: (x.data.length / inputs) * outputs }, (_, flat) => {
    const [row, o] = [Math.floor(flat / outputs), flat % outputs]
    let sum = bias?.data[o] ?? 0
    for (let i = 0; i < inputs; i++)
      sum += (x.data[row * inputs + i] ?? 0) * (weight.data[i * outputs + o] ?? 0)
    return sum
  })
}

describe('linear', () => {
  it('works on the last axis whatever leads', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }), fc.boolean(), (lead, bias) => {
        const x = numbers([...lead, 4], 1)
        const layer = linear(3, { bias })(grid(...lead, 4))
        const params = someParams(layer)
        const values = valuesOf(params)
        expect(Object.keys(values)).toEqual(bias ? ['weight', 'bias'] : ['weight'])
        const { weight = x } = values
        close(applied(layer, params, x).data, affine(x, weight, values['bias']))
      }),
    )
  })
})

describe('layer norm', () => {
  it('has mean 0 and variance 1 before scale and shift', () => {
    const layer = layerNorm(1e-12)(grid('batch', 5))
    const params = layer.init(keyFromSeed(0)).params
    const { data } = applied(layer, params, numbers([3, 5], 2))
    for (let row = 0; row < 3; row++) {
      const values = [...data.slice(5 * row, 5 * row + 5)]
      expect(values.reduce((sum, value) => sum + value, 0) / 5).toBeCloseTo(0, 10)
      expect(values.reduce((sum, value) => sum + value * value, 0) / 5).toBeCloseTo(1, 8)
    }
  })
})

describe('mlp', () => {
  it('is linear, gelu, linear', () => {
    const layer = mlp(6)(grid('batch', 4))
    const params = someParams(layer)
    const x = numbers([2, 4], 3)
    const up = linear(6)(grid('batch', 4))
    const hidden = applied(up, params.up, x)
    const [gelu] = evaluate([
      asTensor({ shape: hidden.shape, data: hidden.data.map((u) => 0.5 * u * (1 + erf(u / Math.SQRT2))) }),
    ])
    const down = valuesOf(params.down)
    close(applied(layer, params, x).data, affine(gelu ?? x, down['weight'] ?? x, down['bias']))
    expect(countParameters(layer)).toBe(4 * 6 + 6 + 6 * 4 + 4)
  })
})

/** By its power series, which converges everywhere. */
const erf = (x: number): number => {
  let [sum, term] = [x, x]
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

describe('attention', () => {
  it('is a weighted mean of values, head by head, over all places of the grid', () => {
    const [tokens, channels, heads] = [6, 4, 2]
    const width = channels / heads
    const layer = attention(heads, { bias: false })(grid('batch', 2, 3, 4))
    const params = someParams(layer)
    const values = valuesOf(params)
    const x = numbers([2, 2, 3, 4], 4)
    const projected = affine(x, values['project.weight'] ?? x, undefined)
    const mixed = Array.from({ length: 2 * tokens * channels }, (_, flat) => {
      const [example, q, c] = [
        Math.floor(flat / (tokens * channels)),
        Math.floor(flat / channels) % tokens,
        flat % channels,
      ]
      const head = Math.floor(c / width)
      const at = (token: number, stream: number, i: number): number =>
        projected[((example * tokens + token) * 3 + stream) * channels + i] ?? 0
      const weights = Array.from({ length: tokens }, (_, k) => {
        let score = 0
        for (let i = head * width; i < (head + 1) * width; i++) score += at(q, 0, i) * at(k, 1, i)
        return Math.exp(score / Math.sqrt(width))
      })
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      return weights.reduce((sum, weight, k) => sum + (weight / total) * at(k, 2, c), 0)
    })
    const y = applied(layer, params, x)
    expect(y.shape).toEqual([2, 2, 3, 4])
    close(
      y.data,
      affine(
        { shape: x.shape, data: Float64Array.from(mixed) },
        values['output.weight'] ?? x,
        values['output.bias'],
      ),
    )
  })

  it('refuses heads that do not divide the channels', () => {
    expect(attempt(() => attention(3 as number)(grid('batch', 2, 2, 4)))).toMatchObject({
      left: { where: 'attention', found: '3' },
    })
  })
})

describe('patchify', () => {
  it('lays out each patch in row-major order, channels last', () => {
    const x: NdArray = { shape: [1, 4, 4, 2], data: Float64Array.from({ length: 32 }, (_, i) => i) }
    const layer = patchify(2)(grid('batch', 4, 4, 2))
    expect(printType(layer.output)).toBe('f32[batch, 2, 2, 8]')
    const { data } = applied(layer, {}, x)
    const expected = [0, 1].flatMap((gi) =>
      [0, 1].flatMap((gj) =>
        [0, 1].flatMap((i) =>
          [0, 1].flatMap((j) => [0, 1].map((c) => ((2 * gi + i) * 4 + 2 * gj + j) * 2 + c)),
        ),
      ),
    )
    expect([...data]).toEqual(expected)
  })

  it('cuts any number of axes', () => {
    expect(printType(patchify(3)(grid('batch', 6, 2)).output)).toBe('f32[batch, 2, 6]')
    expect(printType(patchify(2)(grid('batch', 2, 4, 6, 1)).output)).toBe('f32[batch, 1, 2, 3, 8]')
  })

  it.each([3, 0, 1.5])('refuses side %s on a grid of 4', (side) => {
    expect(attempt(() => patchify(side as number)(grid('batch', 4, 4, 1)))).toMatchObject({
      left: { _tag: 'ShapeError', where: 'patchify', expected: `a grid that patches of side ${side} fill` },
    })
  })
})

describe('learned positions', () => {
  it('are the same for every example', () => {
    const layer = learnedPositions()(grid('batch', 2, 3))
    const params = someParams(layer)
    const zero: NdArray = { shape: [2, 2, 3], data: new Float64Array(12) }
    const { data } = applied(layer, params, zero)
    expect([...data.slice(0, 6)]).toEqual([...data.slice(6)])
    expect([...data.slice(0, 6)]).toEqual([...(valuesOf(params)['positions']?.data ?? [])])
  })
})

describe('short convolution', () => {
  it('is a sum over taps, channel by channel; causal or centred', () => {
    for (const reach of ['same', 'causal'] as const) {
      const layer = shortConvolution(3, reach)(grid('batch', 5, 2))
      const params = someParams(layer)
      const { weight, bias } = valuesOf(params)
      const x = numbers([1, 5, 2], 6)
      const back = reach === 'same' ? 1 : 2
      close(
        applied(layer, params, x).data,
        Array.from({ length: 10 }, (_, flat) => {
          const [n, c] = [Math.floor(flat / 2), flat % 2]
          return [0, 1, 2].reduce((sum, tap) => {
            const from = n + tap - back
            return from < 0 || from >= 5
              ? sum
              : sum + (weight?.data[tap * 2 + c] ?? 0) * (x.data[from * 2 + c] ?? 0)
          }, bias?.data[c] ?? 0)
        }),
      )
    }
  })

  it.each([
    [2, 'same'],
    [0, 'causal'],
    [1.5, 'causal'],
  ] as const)('refuses %s taps, %s', (taps, reach) => {
    expect(attempt(() => shortConvolution(taps, reach)(grid('batch', 5, 2)))).toMatchObject({
      left: { where: 'shortConvolution' },
    })
  })
})

describe('readout', () => {
  const x = numbers([2, 2, 3, 4], 7)

  it('is the mean over the grid', () => {
    const { data, shape } = applied(meanPool(grid('batch', 2, 3, 4)), {}, x)
    expect(shape).toEqual([2, 4])
    close(
      data,
      Array.from({ length: 8 }, (_, flat) => {
        const [example, c] = [Math.floor(flat / 4), flat % 4]
        return (
          Array.from({ length: 6 }, (_, token) => x.data[(example * 6 + token) * 4 + c] ?? 0).reduce(
            (sum, value) => sum + value,
            0,
          ) / 6
        )
      }),
    )
  })

  it('is the first place of the grid', () => {
    expect([...applied(firstToken(grid('batch', 2, 3, 4)), {}, x).data]).toEqual([
      ...x.data.slice(0, 4),
      ...x.data.slice(24, 28),
    ])
  })
})

describe('drop path', () => {
  it('keeps a share 1 − rate of examples, divided by it, whole', () => {
    const layer = dropPath(0.25)(grid(4000, 2))
    const x = asTensor({ shape: [4000, 2], data: new Float64Array(8000).fill(3) }) as typeof layer.input
    const { y } = layer.apply({ params: {}, state: {} }, x, { mode: 'train', key: keyFromSeed(5) })
    const data = [...(evaluate([y])[0]?.data ?? [])]
    for (let i = 0; i < 4000; i++) expect(data[2 * i]).toBe(data[2 * i + 1])
    const kept = data.filter((value) => value !== 0)
    kept.forEach((value) => expect(value).toBeCloseTo(4, 10))
    // Six standard deviations of the share of 4,000 examples.
    expect(Math.abs(kept.length / 8000 - 0.75)).toBeLessThan(6 * Math.sqrt((0.75 * 0.25) / 4000))
  })

  it('is the identity in evaluation', () => {
    const layer = dropPath(0.25)(grid('batch', 2))
    expect(layer.apply({ params: {}, state: {} }, layer.input, evaluation).y).toBe(layer.input)
  })

  it('is traced with the name of its batch', () => {
    const layer = dropPath(0.25)(grid('batch', 2))
    const { y } = layer.apply({ params: {}, state: {} }, layer.input, { mode: 'train', key: keyFromSeed(1) })
    expect(printType(y)).toBe('f32[batch, 2]')
  })

  it.each([1, -0.1, Number.NaN])('refuses rate %s', (rate) => {
    expect(attempt(() => dropPath(rate)(grid('batch', 2)))).toMatchObject({
      left: { where: 'dropPath', found: `${rate}` },
    })
  })
})
