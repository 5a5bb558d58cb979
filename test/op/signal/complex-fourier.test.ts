import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import { attempt } from '../../../src/error/error.js'
import { inputTensor, topological } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { build, ops } from '../../../src/op/index.js'
import { expandComplex } from '../../../src/op/signal/complex-transform.js'
import { fft } from '../../../src/op/signal/fft.js'
import { complexTransformFlops } from '../../../src/op/signal/fourier-cost.js'
import { ifft } from '../../../src/op/signal/ifft.js'
import { planLine, printPlan } from '../../../src/op/signal/radix-plan.js'
import { evaluate } from '../../../src/run/reference.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { expectNear } from '../../support/close.js'
import { anyLength, noisyComplex, noisyTensor, planesOf } from './complex-planes.js'

const EXACT = 1e-12

type Planes = Readonly<Record<'re' | 'im', NdArray>>

/** Both planes within EXACT of the magnitude that rounding is relative to. */
const expectPlanes = (found: Planes, expected: Planes, magnitude = 1): void => {
  const scale = { shape: [], data: Float64Array.of(magnitude) }
  expectNear('re', found.re, expected.re, EXACT, scale)
  expectNear('im', found.im, expected.im, EXACT, scale)
}

/** Σₙ x[n]·e^(sign·2πi·nk/N) written out, for every k. */
const definingSum = ({ re, im }: Planes, sign: 1 | -1): Planes => {
  const n = re.data.length
  const bins = Array.from({ length: n }, (_, k) => {
    let [real, imaginary] = [0, 0]
    for (let i = 0; i < n; i++) {
      const angle = (sign * 2 * Math.PI * ((i * k) % n)) / n
      const [a, b] = [re.data[i] ?? 0, im.data[i] ?? 0]
      real += a * Math.cos(angle) - b * Math.sin(angle)
      imaginary += a * Math.sin(angle) + b * Math.cos(angle)
    }
    return [real, imaginary] as const
  })
  return {
    re: { shape: [n], data: Float64Array.from(bins, ([real]) => real) },
    im: { shape: [n], data: Float64Array.from(bins, ([, imaginary]) => imaginary) },
  }
}

const scaled = ({ re, im }: Planes, factor: number): Planes => ({
  re: { shape: re.shape, data: re.data.map((value) => factor * value) },
  im: { shape: im.shape, data: im.data.map((value) => factor * value) },
})

/** The shape [m, 2, n] and an order of its first and last axis. */
const grid = fc.record({
  n: anyLength,
  m: fc.integer({ min: 1, max: 7 }),
  axes: fc.constantFrom([2], [2, 0], [-3, -1], [0]),
  seed: fc.nat(),
})

describe.each(['fft', 'ifft'] as const)('%s', (name) => {
  it('is the defining sum, at any length', () => {
    fc.assert(
      fc.property(anyLength, fc.nat(), (n, seed) => {
        const x = noisyComplex(seed, [n])
        const found = pipe(x, name === 'fft' ? fft([0], [n]) : ifft([0], [n]))
        const expected =
          name === 'fft' ? definingSum(planesOf(x), -1) : scaled(definingSum(planesOf(x), 1), 1 / n)
        expectPlanes(planesOf(found), expected, n)
      }),
    )
  })

  it('has an expansion that means the same, at any length, cropped and padded', () => {
    fc.assert(
      fc.property(grid, anyLength, ({ n, m, axes, seed }, last) => {
        const shape = [m, 2, n]
        const lengths = axes.map((axis, i) => (i === axes.length - 1 ? last : (shape.at(axis) ?? 1)))
        const x = noisyComplex(seed, shape)
        const op = ops[name]
        if (op?.kind !== 'composite') throw new Error('a composite')
        const whole = evaluate(build[name](x.re, x.im, axes, lengths))
        const expanded = evaluate(op.expand(build, { axes, lengths }, [x.re, x.im]))
        const scale = { shape: [], data: Float64Array.of(name === 'fft' ? m * n : 1) }
        expect(expanded.length).toBe(2)
        expanded.forEach((plane, i) =>
          expectNear(`plane ${i}`, plane, whole[i] ?? { shape: [], data: new Float64Array() }, EXACT, scale),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('refuses planes that differ, and axes and lengths that no tensor has', () => {
    const plane = inputTensor('x', ['batch', 8], 'f32')
    expect(attempt(() => build[name](plane, inputTensor('y', ['batch', 7], 'f32'), [1], [8]))).toMatchObject({
      _tag: 'Left',
      left: { where: name, found: 'f32[batch, 8] and f32[batch, 7]' },
    })
    expect(attempt(() => build[name](plane, plane, [2], [8]))).toMatchObject({
      _tag: 'Left',
      left: { where: name, found: 'f32[batch, 8], axes [2] and lengths [8]' },
    })
    expect(attempt(() => build[name](plane, plane, [1, -1], [8, 8]))).toMatchObject({ _tag: 'Left' })
    expect(attempt(() => build[name](plane, plane, [1], [0]))).toMatchObject({ _tag: 'Left' })
  })
})

describe('fft and ifft', () => {
  it('undo each other, over any axes', () => {
    fc.assert(
      fc.property(grid, fc.boolean(), ({ n, m, axes, seed }, inverseFirst) => {
        const shape = [m, 2, n]
        const lengths = axes.map((axis) => shape.at(axis) ?? 1)
        const x = noisyComplex(seed, shape)
        const back = inverseFirst
          ? pipe(x, ifft(axes, lengths), fft(axes, lengths))
          : pipe(x, fft(axes, lengths), ifft(axes, lengths))
        expectPlanes(planesOf(back), planesOf(x))
      }),
      { numRuns: 50 },
    )
  })

  it('keep the energy up to the number of points (Parseval)', () => {
    fc.assert(
      fc.property(grid, ({ n, m, axes, seed }) => {
        const shape = [m, 2, n]
        const lengths = axes.map((axis) => shape.at(axis) ?? 1)
        const x = noisyComplex(seed, shape)
        const energy = ({ re, im }: Planes): number =>
          [...re.data, ...im.data].reduce((total, value) => total + value ** 2, 0)
        const points = lengths.reduce((product, length) => product * length, 1)
        const own = energy(planesOf(x))
        const there = energy(planesOf(pipe(x, fft(axes, lengths))))
        expect(Math.abs(there / points - own)).toBeLessThan(EXACT * own)
      }),
      { numRuns: 50 },
    )
  })

  it('turn a rotation into a turn of each bin (shift theorem)', () => {
    fc.assert(
      fc.property(anyLength, fc.nat(), fc.nat({ max: 300 }), (n, seed, shift) => {
        const x = noisyComplex(seed, [n])
        const { re, im } = planesOf(x)
        const moved = ({ data }: NdArray): NdArray => ({
          shape: [n],
          data: data.map((_, i) => data[(((i - shift) % n) + n) % n] ?? 0),
        })
        const [spectrum, ofMoved] = [
          planesOf(pipe(x, fft([0], [n]))),
          definingSum({ re: moved(re), im: moved(im) }, -1),
        ]
        const turned = (part: (a: number, b: number, cos: number, sin: number) => number): NdArray => ({
          shape: [n],
          data: spectrum.re.data.map((a, k) => {
            const angle = (-2 * Math.PI * ((k * shift) % n)) / n
            return part(a, spectrum.im.data[k] ?? 0, Math.cos(angle), Math.sin(angle))
          }),
        })
        expectPlanes(
          {
            re: turned((a, b, cos, sin) => a * cos - b * sin),
            im: turned((a, b, cos, sin) => a * sin + b * cos),
          },
          ofMoved,
          n,
        )
      }),
    )
  })

  it('agree with rfft on real numbers, whose other bins are conjugates', () => {
    fc.assert(
      fc.property(anyLength, fc.integer({ min: 1, max: 5 }), fc.nat(), (n, m, seed) => {
        const re = noisyTensor(seed, 0, [m, n])
        const im = build.zerosLike(re)
        const whole = evaluate(build.fft(re, im, [0, 1], [m, n]))
        const bins = Math.floor(n / 2) + 1
        evaluate(build.rfft(re, [0, 1], [m, n])).forEach((half, part) => {
          const at = (row: number, k: number): number => whole[part]?.data[row * n + k] ?? Number.NaN
          for (let row = 0; row < m; row++)
            for (let k = 0; k < n; k++) {
              const mirrored = k >= bins
              const value = mirrored
                ? (part === 0 ? 1 : -1) * (half.data[((m - row) % m) * bins + (n - k)] ?? Number.NaN)
                : (half.data[row * bins + k] ?? Number.NaN)
              expect(Math.abs(at(row, k) - value)).toBeLessThan(EXACT * sizeOf([m, n]))
            }
        })
      }),
      { numRuns: 50 },
    )
  })

  it('cost what the contractions of their expansion do, where no prime needs a chirp', () => {
    fc.assert(
      fc.property(anyLength, fc.integer({ min: 1, max: 9 }), (n, m) => {
        fc.pre(!printPlan(planLine(n)).includes('chirp'))
        const plane = inputTensor('x', [3, n, m], 'f32')
        const attrs = { axes: [1, 2], lengths: [n, m] }
        const results = expandComplex(build, 'fft', -1, attrs, [plane, plane])
        const flops = topological(results).reduce((total, { op, attrs: own, inputs, outputs }) => {
          const record = ops[op]
          return op === 'contract' && record !== undefined
            ? total + record.cost(own, inputs, outputs).flops
            : total
        }, 0)
        expect(complexTransformFlops(attrs, [3, n, m])).toBe(flops)
      }),
    )
  })
})
