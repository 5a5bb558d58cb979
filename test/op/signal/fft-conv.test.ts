import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import { attempt } from '../../../src/error/error.js'
import { grad } from '../../../src/grad/vjp.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { FftConvAttributes } from '../../../src/op/builder.js'
import type { NdArray } from '../../../src/op/def.js'
import { build, ops } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { fftConv, fftConvOp } from '../../../src/op/signal/fft-conv.js'
import { evaluate } from '../../../src/run/reference.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { noise } from '../../support/arbitrary.js'
import { expectNear } from '../../support/close.js'

const EXACT = 1e-12

const one = (tensor: Tensor): NdArray => evaluate([tensor])[0] ?? { shape: [], data: new Float64Array() }
const noisy = (seed: number, stream: number, shape: readonly number[]): Tensor =>
  fromArray(noise(seed, stream, sizeOf(shape)), shape)

const mode = fc.constantFrom('causal' as const, 'circular' as const)
const side = fc.integer({ min: 1, max: 9 })

/** y[i, j] = Σ k[a, b]·x[i − a, j − b] by four loops over whole grids, written apart from the op. */
const quadruple = (
  h: number,
  w: number,
  circular: boolean,
  x: Float64Array,
  k: Float64Array,
): Float64Array => {
  const y = new Float64Array(h * w)
  for (let i = 0; i < h; i++)
    for (let j = 0; j < w; j++)
      for (let p = 0; p < h; p++)
        for (let q = 0; q < w; q++) {
          const [a, b] = [i - p, j - q]
          if (!circular && (a < 0 || b < 0)) continue
          y[i * w + j] =
            (y[i * w + j] ?? 0) + (x[p * w + q] ?? 0) * (k[((a + h) % h) * w + ((b + w) % w)] ?? 0)
        }
  return y
}

const spectral = (attrs: FftConvAttributes, x: Tensor, k: Tensor): NdArray => {
  const [result] = fftConvOp.expand(build, attrs, [x, k])
  return result === undefined ? { shape: [], data: new Float64Array() } : one(result)
}

describe('fftConv', () => {
  it('is the direct sum, by spectra and by its own meaning', () => {
    fc.assert(
      fc.property(side, side, mode, fc.nat(), (h, w, how, seed) => {
        const [x, k] = [noisy(seed, 0, [h, w]), noisy(seed, 1, [h, w])]
        const expected = {
          shape: [h, w],
          data: quadruple(h, w, how === 'circular', one(x).data, one(k).data),
        }
        const attrs = { axes: [0, 1], mode: how, sumOver: [] }
        const scale = { shape: [], data: Float64Array.of(h * w) }
        expectNear('meaning', one(build.fftConv(attrs, x, k)), expected, EXACT, scale)
        expectNear('spectra', spectral(attrs, x, k), expected, EXACT, scale)
      }),
    )
  })

  it('has spectra on larger grids too, of any lengths', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 45 }),
        fc.integer({ min: 1, max: 7 }),
        mode,
        fc.nat(),
        (n, m, how, seed) => {
          const [x, k] = [noisy(seed, 0, [2, n, 3, m]), noisy(seed, 1, [1, n, 3, m])]
          const attrs = { axes: [3, 1], mode: how, sumOver: [0] }
          expectNear('spectra', spectral(attrs, x, k), one(build.fftConv(attrs, x, k)), EXACT, {
            shape: [],
            data: Float64Array.of(2 * n * m),
          })
        },
      ),
      { numRuns: 25 },
    )
  })

  it('commutes', () => {
    fc.assert(
      fc.property(side, side, mode, fc.nat(), (h, w, how, seed) => {
        const [x, k] = [noisy(seed, 0, [h, w]), noisy(seed, 1, [h, w])]
        const attrs = { axes: [0, 1], mode: how, sumOver: [] }
        expectNear('swapped', one(build.fftConv(attrs, k, x)), one(build.fftConv(attrs, x, k)), EXACT)
      }),
    )
  })

  it('is causal: an output ignores every input that lies after it on any axis', () => {
    fc.assert(
      fc.property(side, side, fc.nat(), fc.nat(), (h, w, at, seed) => {
        const place = at % (h * w)
        const [row, column] = [Math.floor(place / w), place % w]
        const data = noise(seed, 0, h * w)
        const changed = data.map((value, i) => (i === place ? value + 1 : value))
        const k = noisy(seed, 1, [h, w])
        const attrs = { axes: [0, 1], mode: 'causal' as const, sumOver: [] }
        const before = one(build.fftConv(attrs, fromArray(data, [h, w]), k)).data
        const after = one(build.fftConv(attrs, fromArray(changed, [h, w]), k)).data
        before.forEach((value, i) => {
          const depends = Math.floor(i / w) >= row && i % w >= column
          expect(value !== after[i]).toBe(depends)
        })
      }),
    )
  })

  it('has correlation as its gradient', () => {
    fc.assert(
      fc.property(side, mode, fc.nat(), (n, how, seed) => {
        const [x, k, g] = [noise(seed, 0, n), noise(seed, 1, n), noise(seed, 2, n)]
        const attrs = { axes: [0], mode: how, sumOver: [] }
        const loss = ({
          x: input,
          k: kernel,
        }: {
          readonly x: Tensor<readonly [number], 'f32'>
          readonly k: Tensor<readonly [number], 'f32'>
        }) =>
          build.sum(build.mul(build.fftConv(attrs, input, kernel), fromArray(g, [n])), [0]) as Tensor<
            readonly [],
            'f32'
          >
        const found = grad(loss)({ x: fromArray(x, [n]), k: fromArray(k, [n]) })
        const correlation = (other: Float64Array): NdArray => ({
          shape: [n],
          data: Float64Array.from({ length: n }, (_, j) =>
            g.reduce(
              (total, value, i) =>
                total + (how === 'circular' || i >= j ? value * (other[(i - j + n) % n] ?? 0) : 0),
              0,
            ),
          ),
        })
        const scale = { shape: [], data: Float64Array.of(n) }
        expectNear('x', one(found.x), correlation(k), EXACT, scale)
        expectNear('k', one(found.k), correlation(x), EXACT, scale)
      }),
    )
  })

  it('reproduces the example of the released code, both ways round', () => {
    const [k, v] = [
      fromArray(Float64Array.of(1, 2, 3, 4), [2, 2]),
      fromArray(Float64Array.of(5, 6, 7, 8), [2, 2]),
    ]
    const attrs = { axes: [0, 1], mode: 'causal' as const, sumOver: [] }
    expect([...one(pipe(v, fftConv(k, { axes: [0, 1] }))).data]).toEqual([5, 16, 22, 60])
    expect([...one(build.flip(build.fftConv(attrs, build.flip(v, [0, 1]), k), [0, 1])).data]).toEqual([
      70, 30, 23, 8,
    ])
  })

  it('refuses what does not fit, in one sentence', () => {
    const x = inputTensor('x', ['batch', 8], 'f32')
    const conv = (
      kernel: readonly (number | string)[],
      axes: readonly number[],
      sumOver: readonly number[] = [],
    ) => attempt(() => build.fftConv({ axes, mode: 'causal', sumOver }, x, inputTensor('k', kernel, 'f32')))
    expect(conv([1, 7], [1])).toMatchObject({
      _tag: 'Left',
      left: { where: 'fftConv', found: 'f32[batch, 8] and f32[1, 7], axes [1], sumOver []' },
    })
    expect(conv([8], [1])).toMatchObject({ _tag: 'Left' })
    expect(conv([2, 8], [1])).toMatchObject({ _tag: 'Left' })
    expect(conv([1, 8], [1], [-1])).toMatchObject({ _tag: 'Left' })
    expect(conv([1, 8], [])).toMatchObject({ _tag: 'Left' })
    expect(conv([1, 8], [1], [0])).toMatchObject({ _tag: 'Right', right: { shape: [1, 8] } })
  })

  it('stands in the table', () => expect(ops['fftConv']).toBe(fftConvOp))
})
