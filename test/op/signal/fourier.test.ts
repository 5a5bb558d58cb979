import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import { attempt } from '../../../src/error/error.js'
import { vjp } from '../../../src/grad/vjp.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { build, ops } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { irfft } from '../../../src/op/signal/irfft.js'
import { rfft } from '../../../src/op/signal/rfft.js'
import { evaluate } from '../../../src/run/reference.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { noise } from '../../support/arbitrary.js'
import { expectNear } from '../../support/close.js'

const EXACT = 1e-13

/** Lengths with small factors, primes of every kind of plan, powers of two, products of large primes. */
const length = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.constantFrom(
    45,
    47,
    48,
    53,
    61,
    63,
    64,
    67,
    71,
    96,
    97,
    100,
    101,
    127,
    128,
    131,
    134,
    169,
    201,
    210,
    243,
    256,
  ),
)

interface Signal {
  readonly x: Tensor
  readonly axes: readonly number[]
  readonly lengths: readonly number[]
}

/** A random tensor of up to three axes, two of them transformed at most, in any order, at its own lengths. */
const signal: fc.Arbitrary<Signal> = fc
  .record({
    n: length,
    m: fc.integer({ min: 1, max: 9 }),
    other: fc.integer({ min: 1, max: 3 }),
    order: fc.constantFrom('n', 'nm', 'mn'),
    seed: fc.nat(),
  })
  .map(({ n, m, other, order, seed }) => {
    const shape = [m, other, n]
    const axes = order === 'n' ? [2] : order === 'nm' ? [2, 0] : [-3, -1]
    return {
      x: fromArray(noise(seed, 0, sizeOf(shape)), shape),
      axes,
      lengths: axes.map((axis) => shape.at(axis) ?? 1),
    }
  })

const one = (tensor: Tensor): NdArray => evaluate([tensor])[0] ?? { shape: [], data: new Float64Array() }

const expansionOf = (
  name: 'rfft' | 'irfft',
  attrs: { readonly axes: readonly number[]; readonly lengths: readonly number[] },
  inputs: readonly Tensor[],
): readonly NdArray[] => {
  const op = ops[name]
  return op?.kind === 'composite' ? evaluate(op.expand(build, attrs, inputs)) : []
}

const zero: NdArray = { shape: [], data: Float64Array.of(0) }

/** The defining sum, at one bin. */
const bin = (x: Float64Array, k: number): readonly [re: number, im: number] =>
  x.reduce<readonly [number, number]>(
    ([re, im], value, n) => {
      const angle = (-2 * Math.PI * ((n * k) % x.length)) / x.length
      return [re + value * Math.cos(angle), im + value * Math.sin(angle)]
    },
    [0, 0],
  )

describe('rfft', () => {
  it('is the defining sum, at any length', () => {
    fc.assert(
      fc.property(length, fc.nat(), (n, seed) => {
        const data = noise(seed, 0, n)
        const [re = zero, im = zero] = evaluate(build.rfft(fromArray(data, [n]), [0], [n]))
        const scale = { shape: [n], data: Float64Array.from({ length: n }, () => n) }
        const expected = Array.from(re.data, (_, k) => bin(data, k))
        expectNear(
          're',
          re,
          { shape: re.shape, data: Float64Array.from(expected, ([value]) => value) },
          EXACT,
          scale,
        )
        expectNear(
          'im',
          im,
          { shape: im.shape, data: Float64Array.from(expected, ([, value]) => value) },
          EXACT,
          scale,
        )
      }),
    )
  })

  it('has an expansion that means the same, at any length, cropped and padded', () => {
    fc.assert(
      fc.property(signal, length, ({ x, axes, lengths }, last) => {
        const attrs = { axes, lengths: [...lengths.slice(0, -1), last] }
        const scale = { shape: [], data: Float64Array.of(sizeOf(x.shape)) }
        const whole = evaluate(build.rfft(x, attrs.axes, attrs.lengths))
        expansionOf('rfft', attrs, [x]).forEach((found, i) =>
          expectNear(`plane ${i}`, found, whole[i] ?? zero, EXACT, scale),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('keeps the energy of the signal (Parseval)', () => {
    fc.assert(
      fc.property(length, fc.nat(), (n, seed) => {
        const data = noise(seed, 0, n)
        const [re = zero, im = zero] = evaluate(build.rfft(fromArray(data, [n]), [0], [n]))
        const energy = re.data.reduce((total, value, k) => {
          const twice = k === 0 || 2 * k === n ? 1 : 2
          return total + twice * (value ** 2 + (im.data[k] ?? 0) ** 2)
        }, 0)
        const own = data.reduce((total, value) => total + value ** 2, 0)
        expect(Math.abs(energy / n - own)).toBeLessThan(1e-12 * own)
      }),
    )
  })

  it('turns a rotation of the signal into a turn of each bin (shift theorem)', () => {
    fc.assert(
      fc.property(length, fc.nat(), fc.nat({ max: 300 }), (n, seed, shift) => {
        const data = noise(seed, 0, n)
        const moved = Float64Array.from(data, (_, i) => data[(((i - shift) % n) + n) % n] ?? 0)
        const [re = zero, im = zero] = evaluate(build.rfft(fromArray(data, [n]), [0], [n]))
        const [movedRe = zero, movedIm = zero] = evaluate(build.rfft(fromArray(moved, [n]), [0], [n]))
        re.data.forEach((value, k) => {
          const angle = (-2 * Math.PI * ((k * shift) % n)) / n
          const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
          const other = im.data[k] ?? 0
          expect(Math.abs((movedRe.data[k] ?? 0) - (value * cos - other * sin))).toBeLessThan(EXACT * 10 * n)
          expect(Math.abs((movedIm.data[k] ?? 0) - (value * sin + other * cos))).toBeLessThan(EXACT * 10 * n)
        })
      }),
    )
  })

  it('is linear', () => {
    fc.assert(
      fc.property(signal, fc.nat(), ({ x, axes, lengths }, seed) => {
        const y = fromArray(noise(seed, 1, sizeOf(x.shape)), x.shape.map(Number))
        const [sum = zero] = evaluate(
          build.rfft(build.add(x, build.mul(y, build.constant(3))), axes, lengths),
        )
        const [fx = zero] = evaluate(build.rfft(x, axes, lengths))
        const [fy = zero] = evaluate(build.rfft(y, axes, lengths))
        const expected = { shape: fx.shape, data: fx.data.map((value, i) => value + 3 * (fy.data[i] ?? 0)) }
        expectNear('sum', sum, expected, EXACT, { shape: [], data: Float64Array.of(4 * sizeOf(x.shape)) })
      }),
    )
  })

  it('is differentiable over a named axis, whose gradient has the name', () => {
    const x = inputTensor('x', ['time', 2], 'f32')
    const { pullback } = vjp(([signal = x]: readonly Tensor[]) => build.rfft(signal, [0], [8]))([x])
    const spectrum = inputTensor('g', [5, 2], 'f32')
    expect(pullback([spectrum, spectrum])[0]?.shape).toEqual(['time', 2])
  })

  it('refuses axes and lengths that no tensor has, in one sentence', () => {
    const x = inputTensor('x', ['batch', 8], 'f32')
    expect(attempt(() => build.rfft(x, [2], [8]))).toMatchObject({
      _tag: 'Left',
      left: { where: 'rfft', found: 'f32[batch, 8], axes [2] and lengths [8]' },
    })
    expect(attempt(() => build.rfft(x, [1, -1], [8, 8]))).toMatchObject({ _tag: 'Left' })
    expect(attempt(() => build.rfft(x, [1], [0]))).toMatchObject({ _tag: 'Left' })
    expect(attempt(() => build.rfft(x, [1], [2.5]))).toMatchObject({ _tag: 'Left' })
    expect(attempt(() => build.rfft(x, [], []))).toMatchObject({ _tag: 'Left' })
  })
})

describe('irfft', () => {
  it('undoes rfft, whole and expanded', () => {
    fc.assert(
      fc.property(signal, ({ x, axes, lengths }) => {
        const [re, im] = build.rfft(x, axes, lengths)
        const scale = { shape: [], data: Float64Array.of(1) }
        expectNear('whole', one(build.irfft(re, im, axes, lengths)), one(x), EXACT * 10, scale)
        expansionOf('irfft', { axes, lengths }, [re, im]).forEach((found) =>
          expectNear('expanded', found, one(x), EXACT * 10, scale),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('ignores the imaginary parts that a real signal does not have, as NumPy does', () => {
    fc.assert(
      fc.property(length, fc.nat(), fc.double({ min: -5, max: 5, noNaN: true }), (n, seed, junk) => {
        const bins = Math.floor(n / 2) + 1
        const re = fromArray(noise(seed, 0, bins), [bins])
        const clean = noise(seed, 1, bins).map((value, k) => (k === 0 || 2 * k === n ? 0 : value))
        const spoilt = clean.map((value, k) => (k === 0 || 2 * k === n ? junk : value))
        const expected = one(build.irfft(re, fromArray(clean, [bins]), [0], [n]))
        const attrs = { axes: [0], lengths: [n] }
        const scale = { shape: [], data: Float64Array.of(1) }
        expectNear('whole', one(build.irfft(re, fromArray(spoilt, [bins]), [0], [n])), expected, EXACT, scale)
        expansionOf('irfft', attrs, [re, fromArray(spoilt, [bins])]).forEach((found) =>
          expectNear('expanded', found, expected, EXACT, scale),
        )
      }),
    )
  })

  it('refuses planes without the bins that its lengths need', () => {
    const plane = inputTensor('x', [4, 5], 'f32')
    expect(attempt(() => build.irfft(plane, plane, [1], [10]))).toMatchObject({
      _tag: 'Left',
      left: { expected: 'two planes of shape [4, 6] for lengths [10]', found: 'f32[4, 5] and f32[4, 5]' },
    })
    expect(attempt(() => build.irfft(plane, inputTensor('y', [4, 6], 'f32'), [1], [8]))).toMatchObject({
      _tag: 'Left',
    })
    expect(attempt(() => build.irfft(plane, plane, [0, 1], [3, 8]))).toMatchObject({ _tag: 'Left' })
  })
})

it('the combinators go there and back', () => {
  const x = fromArray(noise(1, 0, 2 * 6 * 5), [2, 6, 5])
  expectNear('x', one(pipe(x, rfft([1, 2], [6, 5]), irfft([1, 2], [6, 5]))), one(x), EXACT)
})
