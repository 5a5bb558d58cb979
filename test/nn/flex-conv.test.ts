import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { pullBack } from '../../src/grad/vjp.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { tensorsOf } from '../../src/ir/tensor-tree.js'
import type { Tokens } from '../../src/nn/class-token.js'
import type { FlexConvolutionOptions } from '../../src/nn/flex-conv.js'
import { separableFlexConvolution } from '../../src/nn/flex-conv.js'
import { croppedTaps, tapPositions } from '../../src/nn/flex-crop.js'
import { gabor, initialise } from '../../src/nn/initialiser.js'
import type { MagnetOptions } from '../../src/nn/magnet.js'
import { magnet } from '../../src/nn/magnet.js'
import type { NdArray } from '../../src/op/def.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { asTensor, numbers, paramsFrom } from '../support/nn-values.js'

const base: FlexConvolutionOptions = {
  taps: 9,
  sigma: 0.1,
  crop: { threshold: 0.1 },
  network: { hidden: 3, layers: 2, frequency: 2 },
}

const input = (shape: readonly (number | 'batch')[]): Tokens =>
  inputTensor('x', shape, 'f32') as Tensor as Tokens

/** A layer's result, and the gradients of Σ g·y by x and every parameter, where the mask is at `sigma` and `mean`. */
const everything = (options: FlexConvolutionOptions, sigma: readonly number[], mean: readonly number[]) => {
  const shape = [1, ...sigma.map((_, axis) => 5 + axis), 2]
  const model = separableFlexConvolution(3, options)(input(['batch', ...shape.slice(1)]))
  const given: Readonly<Record<string, readonly number[]>> = { 'mask.sigma': sigma, 'mask.mean': mean }
  let seed = 0
  const params = paramsFrom(model, (path, size): NdArray => {
    const values = given[path]
    return values === undefined ? numbers(size, ++seed) : { shape: size, data: Float64Array.from(values) }
  })
  const x = asTensor(numbers(shape, 20)) as Tokens
  const { y } = model.apply({ params, state: model.init(keyFromSeed(0)).state }, x, { mode: 'evaluate' })
  const g = asTensor(numbers(y.shape.map(Number), 21))
  return evaluate([y, ...pullBack([y], [g], [x, ...tensorsOf(params)])])
}

const masks = fc.record({
  sigma: fc.double({ min: 0.15, max: 0.7, noNaN: true }),
  mean: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
  axes: fc.integer({ min: 1, max: 2 }),
  room: fc.constantFrom('all', 'some', 'none'),
})

describe('the kernel of a flexible convolution', () => {
  it('is that of a kernel cut at its current mask, whatever it has room for: results and gradients', () => {
    fc.assert(
      fc.property(masks, ({ sigma, mean, axes, room }) => {
        const each = (value: number): readonly number[] => Array.from({ length: axes }, () => value)
        const cut = croppedTaps(9, 0.1, sigma, mean)
        const spare = { all: 9, some: Math.min(9, cut + 2), none: cut }[room]
        const start = (9 - cut) / 2
        // A kernel of the taps within the threshold, from which nothing is left out.
        const positions = tapPositions(9).slice(start, start + cut)
        const whole = everything({ ...base, taps: cut, positions, crop: null }, each(sigma), each(mean))
        const cropped = { ...base, crop: { threshold: 0.1, room: spare } }
        const found = everything(cropped, each(sigma), each(mean))
        expect(found).toHaveLength(whole.length)
        found.forEach(({ data }, i) => {
          data.forEach((value, j) => {
            expect(value).toBeCloseTo(whole[i]?.data[j] ?? Number.NaN, 9)
          })
        })
      }),
      { numRuns: 20 },
    )
  })

  it('keeps the taps where the mask is at least the threshold', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0.02, max: 0.9, noNaN: true }),
        fc.double({ min: 0.01, max: 0.9, noNaN: true }),
        (half, sigma, threshold) => {
          const taps = 2 * half + 1
          const end = sigma * Math.sqrt(-2 * Math.log(threshold))
          const near = tapPositions(taps).filter((p) => Math.abs(p) < end - 1e-5).length
          const far = tapPositions(taps).filter((p) => Math.abs(p) <= end + 1e-5).length
          const kept = croppedTaps(taps, threshold, sigma)
          expect(kept).toBeGreaterThanOrEqual(Math.max(1, near))
          expect(kept).toBeLessThanOrEqual(Math.max(1, far))
        },
      ),
    )
  })

  it.each([
    [{ taps: 1 }, 'taps'],
    [{ taps: 8, crop: null }, 'taps'],
    [{ sigma: 0 }, 'sigma'],
    [{ sigma: [0.1] }, 'sigma'],
    [{ crop: { threshold: 0 } }, 'crop.threshold'],
    [{ crop: { threshold: 0.1, room: 4 } }, 'crop.room'],
    [{ crop: { threshold: 0.1, room: 11 } }, 'crop.room'],
    [{ sigma: 0.4, crop: { threshold: 0.1, room: 3 } }, 'crop.room'],
    [{ positions: [0] }, 'positions'],
  ])('%j is refused by name', (options, field) => {
    const made = attempt(() =>
      separableFlexConvolution(2, { ...base, ...options })(input(['batch', 4, 4, 2])),
    )
    expect(made).toMatchObject({ left: { _tag: 'OptionError', where: `flexConvolution: ${field}` } })
  })
})

/** The network's value at one place, written out. */
const magnetAt = (
  place: readonly number[],
  { hidden, layers }: MagnetOptions,
  value: (name: string, ...index: readonly number[]) => number,
): ((output: number) => number) => {
  const axes = place.length
  const units = Array.from({ length: hidden }, (_, unit) => unit)
  const filter = (i: number, unit: number): number => {
    const squares = place.map(
      (p, d) => (value(`gabor${i}`, unit, d) * (p - value(`centres${i}`, unit, d))) ** 2,
    )
    const waves = place.map((p, d) => value(`gabor${i}`, unit, axes + d) * p)
    const sum = (terms: readonly number[]): number => terms.reduce((a, b) => a + b, 0)
    return Math.exp(-0.5 * sum(squares)) * Math.sin(sum(waves) + value(`phase${i}`, unit))
  }
  let h = units.map((unit) => filter(0, unit))
  for (let i = 0; i < layers; i++)
    h = units.map(
      (unit) =>
        filter(i + 1, unit) *
        h.reduce((total, from, k) => total + from * value(`weight${i}`, k, unit), value(`bias${i}`, unit)),
    )
  return (output) =>
    h.reduce((total, from, k) => total + from * value('weight', k, output), value('bias', output))
}

describe('the network of Gabor functions', () => {
  it('is the product of filters and linear layers', () => {
    const options = fc.record({
      axes: fc.integer({ min: 1, max: 3 }),
      hidden: fc.integer({ min: 1, max: 4 }),
      layers: fc.integer({ min: 0, max: 3 }),
      frequency: fc.constant(2),
    })
    fc.assert(
      fc.property(options, ({ axes, ...network }) => {
        const model = magnet(2, network)(input([1, 4, axes]))
        const made = new Map<string, NdArray>()
        const params = paramsFrom(model, (path, shape) => {
          const values = numbers(shape, made.size + 1)
          made.set(path, values)
          return values
        })
        const x = numbers([1, 4, axes], 30)
        const { y } = model.apply({ params, state: {} }, asTensor(x) as Tokens, { mode: 'evaluate' })
        const [found] = evaluate([y])
        const value = (name: string, ...index: readonly number[]): number => {
          const { shape = [], data = [] } = made.get(name) ?? {}
          return data[index.reduce((flat, i, axis) => flat * (shape[axis] ?? 1) + i, 0)] ?? Number.NaN
        }
        for (let place = 0; place < 4; place++) {
          const at = magnetAt([...x.data.slice(place * axes, (place + 1) * axes)], network, value)
          for (let output = 0; output < 2; output++)
            expect(found?.data[place * 2 + output]).toBeCloseTo(at(output), 9)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('starts with frequencies drawn with the widths: their ratios are uniform', () => {
    const [drawn] = evaluate([initialise(gabor(3, 5), [2000, 4], () => keyFromSeed(4))])
    const rows = Array.from({ length: 2000 }, (_, i) => [...(drawn?.data.slice(4 * i, 4 * i + 4) ?? [])])
    const widths = rows.flatMap(([a = 0, b = 0]) => [a, b])
    const ratios = rows.flatMap(([a = 1, b = 1, c = 0, d = 0]) => [c / a, d / b])
    const bound = (2 * Math.PI * 5) / Math.SQRT2
    const mean = (values: readonly number[]): number => values.reduce((s, v) => s + v, 0) / values.length
    expect(Math.abs(mean(widths) / 3 - 1)).toBeLessThan(0.05)
    expect(Math.max(...ratios.map(Math.abs))).toBeLessThanOrEqual(bound * (1 + 1e-6))
    expect(Math.abs(mean(ratios.map((r) => r * r)) / (bound ** 2 / 3) - 1)).toBeLessThan(0.05)
  })

  it.each([
    [{ hidden: 0 }, 'hidden'],
    [{ layers: 1.5 }, 'layers'],
    [{ frequency: 0 }, 'frequency'],
    [{ spread: -1 }, 'spread'],
  ])('%j is refused by name', (options, field) => {
    const made = attempt(() => magnet(2, { ...base.network, ...options })(input([1, 4, 2])))
    expect(made).toMatchObject({ left: { _tag: 'OptionError', where: `magnet: ${field}` } })
  })
})
