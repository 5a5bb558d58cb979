import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import { attempt } from '../../../src/error/error.js'
import { grad } from '../../../src/grad/vjp.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { mul } from '../../../src/op/elementwise/mul.js'
import { build } from '../../../src/op/index.js'
import { sum } from '../../../src/op/reduce/sum.js'
import type { Complex } from '../../../src/op/signal/complex.js'
import { convolve } from '../../../src/op/signal/convolve.js'
import { fftConv } from '../../../src/op/signal/fft-conv.js'
import { irfft } from '../../../src/op/signal/irfft.js'
import { rfft } from '../../../src/op/signal/rfft.js'
import { spectrumMultiply } from '../../../src/op/signal/spectrum-multiply.js'
import { evaluate } from '../../../src/run/reference.js'
import { expectNear } from '../../support/close.js'
import { noisyComplex, noisyTensor } from './complex-planes.js'

const EXACT = 1e-12

const one = (tensor: Tensor): NdArray => evaluate([tensor])[0] ?? { shape: [], data: new Float64Array() }
const magnitudeOf = (size: number) => ({ shape: [], data: Float64Array.of(size) })

/** A batch of grids and one kernel for all of them, [b, n, c, m] and [1, n, c, m]. */
const operands = fc
  .record({
    b: fc.integer({ min: 1, max: 3 }),
    n: fc.integer({ min: 1, max: 19 }),
    m: fc.integer({ min: 1, max: 7 }),
    axes: fc.constantFrom<readonly number[]>([1, 3], [-1, 1], [1]),
    sumOver: fc.constantFrom<readonly number[]>([], [0], [2, 0]),
    seed: fc.nat(),
  })
  .map(({ b, n, m, axes, sumOver, seed }) => ({
    x: noisyTensor(seed, 0, [b, n, 2, m]),
    kernel: noisyTensor(seed, 1, [1, n, 2, m]),
    grid: axes.map((axis) => [b, n, 2, m].at(axis) ?? 1),
    axes,
    sumOver,
    size: b * n * m,
  }))

describe('spectrumMultiply', () => {
  it('between transforms over the grid is the circular fftConv', () => {
    fc.assert(
      fc.property(operands, ({ x, kernel, grid, axes, sumOver, size }) => {
        const there = rfft(axes, grid)
        const y = pipe(x, there, spectrumMultiply(pipe(kernel, there), { sumOver }), irfft(axes, grid))
        const expected = pipe(x, fftConv(kernel, { axes, mode: 'circular', sumOver }))
        expectNear('y', one(y), one(expected), EXACT, magnitudeOf(size))
      }),
      { numRuns: 40 },
    )
  })

  it('between transforms over twice the grid, cropped, is the causal fftConv', () => {
    fc.assert(
      fc.property(operands, fc.nat({ max: 3 }), ({ x, kernel, grid, axes, sumOver, size }, more) => {
        const lengths = grid.map((n) => 2 * n - 1 + more)
        const there = rfft(axes, lengths)
        const wide = pipe(x, there, spectrumMultiply(pipe(kernel, there), { sumOver }), irfft(axes, lengths))
        const expected = pipe(x, fftConv(kernel, { axes, sumOver }))
        const y = build.slice(
          wide,
          expected.shape.map(() => 0),
          expected.shape,
        )
        expectNear('y', one(y), one(expected), EXACT, magnitudeOf(size))
      }),
      { numRuns: 40 },
    )
  })

  it('has the gradients of fftConv', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (n, seed) => {
        const [x, kernel, u] = [0, 1, 2].map((stream) => noisyTensor(seed, stream, [stream === 1 ? 1 : 2, n]))
        if (x === undefined || kernel === undefined || u === undefined) throw new Error('three tensors')
        const there = rfft([1], [n])
        const byHand = (k: typeof kernel) =>
          pipe(x, there, spectrumMultiply(pipe(k, there)), irfft([1], [n]), mul(u), sum('all'))
        const whole = (k: typeof kernel) =>
          pipe(x, fftConv(k, { axes: [1], mode: 'circular' }), mul(u), sum('all'))
        expectNear('∇', one(grad(byHand)(kernel)), one(grad(whole)(kernel)), EXACT, magnitudeOf(n))
      }),
      { numRuns: 25 },
    )
  })

  it('refuses spectra of different rank, sizes that do not broadcast, and axes that are not there', () => {
    const x: Complex = noisyComplex(1, [3, 4])
    const by = (shape: readonly number[], sumOver: readonly number[] = []) =>
      attempt(() => spectrumMultiply(noisyComplex(2, shape), { sumOver })(x))
    expect(by([4])).toMatchObject({
      _tag: 'Left',
      left: { where: 'spectrumMultiply', found: 'shapes [3, 4] and [4]' },
    })
    expect(by([3, 5])).toMatchObject({ _tag: 'Left' })
    expect(by([1, 4], [2])).toMatchObject({ _tag: 'Left' })
    expect(by([1, 4], [0])).toMatchObject({ _tag: 'Right' })
  })
})

/** y[i] = Σ k[a]·x[i − a] by loops, every output. */
const full = (x: Float64Array, k: Float64Array): Float64Array => {
  const y = new Float64Array(x.length + k.length - 1)
  x.forEach((value, i) => k.forEach((tap, a) => (y[i + a] = (y[i + a] ?? 0) + value * tap)))
  return y
}

describe('convolve', () => {
  const size = fc.integer({ min: 1, max: 30 })

  it('gives the whole linear convolution, its middle, or what no edge enters', () => {
    fc.assert(
      fc.property(size, size, fc.nat(), (n, taps, seed) => {
        const [x, kernel] = [noisyTensor(seed, 0, [2, n]), noisyTensor(seed, 1, [1, taps])]
        const rows = [0, 1].map((row) => full(one(x).data.slice(row * n, (row + 1) * n), one(kernel).data))
        const crop = (start: number, end: number): NdArray => ({
          shape: [2, end - start],
          data: Float64Array.from(rows.flatMap((row) => [...row.subarray(start, end)])),
        })
        const run = (mode: 'full' | 'same' | 'valid') => one(pipe(x, convolve(kernel, { axes: [1], mode })))
        const middle = Math.floor((taps - 1) / 2)
        const scale = magnitudeOf(taps)
        expectNear('full', run('full'), crop(0, n + taps - 1), EXACT, scale)
        expectNear('default', one(pipe(x, convolve(kernel, { axes: [-1] }))), run('full'), 0)
        expectNear('same', run('same'), crop(middle, middle + n), EXACT, scale)
        if (taps <= n) expectNear('valid', run('valid'), crop(taps - 1, n), EXACT, scale)
      }),
      { numRuns: 60 },
    )
  })

  it('over two axes is one after the other for a kernel that is a product', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('full', 'same', 'valid'), (seed, mode) => {
        const x = noisyTensor(seed, 0, [5, 3, 6])
        const [k, l] = [noisyTensor(seed, 1, [2, 1, 1]), noisyTensor(seed, 2, [1, 1, 4])]
        const both = pipe(x, convolve(pipe(k, mul(l)), { axes: [0, 2], mode }))
        const inTurn = pipe(x, convolve(k, { axes: [0], mode }), convolve(l, { axes: [2], mode }))
        expectNear('y', one(both), one(inTurn), EXACT, magnitudeOf(8))
      }),
      { numRuns: 25 },
    )
  })

  it('refuses ranks, names, empty axes and more taps than points', () => {
    const x: Tensor<readonly (number | string)[], 'f32'> = inputTensor('x', ['batch', 8], 'f32')
    const by = (shape: readonly number[], axes: readonly number[], mode: 'full' | 'valid' = 'full') =>
      attempt(() => convolve(noisyTensor(1, 0, shape), { axes, mode })(x))
    const refused = (found: string) => ({ _tag: 'Left', left: { where: 'convolve', found } })
    expect(by([3], [0])).toMatchObject(refused('[batch, 8] and [3], axes [0]'))
    expect(by([1, 3], [0])).toMatchObject(refused('[batch, 8] and [1, 3], axes [0]'))
    expect(by([1, 0], [1])).toMatchObject(refused('[batch, 8] and [1, 0], axes [1]'))
    expect(by([1, 9], [1], 'valid')).toMatchObject(refused('[batch, 8] and [1, 9], axes [1]'))
    expect(by([1, 3], [1, -1])).toMatchObject(refused('[batch, 8] and [1, 3], axes [1, -1]'))
    expect(by([1, 3], [])).toMatchObject(refused('[batch, 8] and [1, 3], axes []'))
    expect(by([2, 3], [1])).toMatchObject({ _tag: 'Left', left: { where: 'convolve' } })
    expect(by([1, 9], [1])).toMatchObject({ _tag: 'Right', right: { shape: ['batch', 16] } })
  })
})
