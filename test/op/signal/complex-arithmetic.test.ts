import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import { attempt } from '../../../src/error/error.js'
import { grad } from '../../../src/grad/vjp.js'
import { exp } from '../../../src/op/elementwise/exp.js'
import { mul } from '../../../src/op/elementwise/mul.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { sum } from '../../../src/op/reduce/sum.js'
import {
  complexAdd,
  complexExponential,
  complexMultiply,
  complexScale,
  complexSubtract,
  conjugate,
  magnitude,
  phase,
} from '../../../src/op/signal/complex-arithmetic.js'
import type { Complex } from '../../../src/op/signal/complex.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import { noisyComplex, planesOf } from './complex-planes.js'

const EXACT = 1e-14

/** The complex numbers of planes, one after another. */
const numbersOf = (x: Complex): readonly (readonly [number, number])[] => {
  const { re, im } = planesOf(x)
  return Array.from(re.data, (value, i) => [value, im.data[i] ?? Number.NaN])
}

const expectNumbers = (found: Complex, expected: Complex): void =>
  numbersOf(expected).forEach(([re, im], i) => {
    const [a, b] = numbersOf(found)[i] ?? [Number.NaN, Number.NaN]
    expect(Math.hypot(a - re, b - im)).toBeLessThan(EXACT * (1 + Math.hypot(re, im)))
  })

/** Three complex tensors whose shapes broadcast to [3, 2, 4]. */
const triple = fc.nat().map((seed) => ({
  x: noisyComplex(seed, [3, 1, 4]),
  y: noisyComplex(seed + 1, [2, 4]),
  z: noisyComplex(seed + 2, [3, 2, 1]),
}))

const zeros: Complex<readonly [2]> = {
  re: fromArray(Float64Array.of(0, 3), [2]),
  im: fromArray(Float64Array.of(0, -4), [2]),
}

describe('complex arithmetic', () => {
  it('is that of a field: products commute, associate and distribute, squares of i are −1', () => {
    fc.assert(
      fc.property(triple, ({ x, y, z }) => {
        expectNumbers(pipe(x, complexMultiply(y)), pipe(y, complexMultiply(x)))
        expectNumbers(
          pipe(x, complexMultiply(y), complexMultiply(z)),
          pipe(x, complexMultiply(pipe(y, complexMultiply(z)))),
        )
        expectNumbers(
          pipe(x, complexAdd(y), complexMultiply(z)),
          pipe(x, complexMultiply(z), complexAdd(pipe(y, complexMultiply(z)))),
        )
        const i: Complex<readonly []> = {
          re: fromArray(Float64Array.of(0), []),
          im: fromArray(Float64Array.of(1), []),
        }
        expectNumbers(pipe(x, complexMultiply(i), complexMultiply(i)), pipe(x, complexScale(-1)))
      }),
    )
  })

  it('takes differences, and scales by real tensors, as by complex ones', () => {
    fc.assert(
      fc.property(triple, ({ x, y }) => {
        expectNumbers(
          pipe(x, complexAdd(y), complexSubtract(y)),
          pipe(x, complexAdd(pipe(y, complexScale(0)))),
        )
        expectNumbers(
          pipe(x, complexScale(y.re)),
          pipe(x, complexMultiply({ re: y.re, im: pipe(y.re, mul(0)) })),
        )
      }),
    )
  })

  it('has conjugates whose product is the squared magnitude, and which turn products around', () => {
    fc.assert(
      fc.property(triple, ({ x, y }) => {
        const [square] = evaluate([pipe(x, complexMultiply(conjugate(x))).re])
        const [size] = evaluate([magnitude(x)])
        square?.data.forEach((value, i) =>
          expect(Math.abs(value - (size?.data[i] ?? Number.NaN) ** 2)).toBeLessThan(EXACT * (1 + value)),
        )
        expectNumbers(
          conjugate(pipe(x, complexMultiply(y))),
          pipe(conjugate(x), complexMultiply(conjugate(y))),
        )
        numbersOf(x).forEach(([re, im], i) => {
          expect(size?.data[i]).toBeCloseTo(Math.hypot(re, im), 13)
        })
      }),
    )
  })

  it('has an exponential that makes products of sums, of magnitude exp(re)', () => {
    fc.assert(
      fc.property(triple, ({ x, y }) => {
        expectNumbers(
          complexExponential(pipe(x, complexAdd(y))),
          pipe(complexExponential(x), complexMultiply(complexExponential(y))),
        )
        const [size, radius] = evaluate([magnitude(complexExponential(x)), exp(x.re)])
        size?.data.forEach((value, i) => expect(value).toBeCloseTo(radius?.data[i] ?? Number.NaN, 12))
      }),
    )
    const turn: Complex<readonly [1]> = {
      re: fromArray(Float64Array.of(0), [1]),
      im: fromArray(Float64Array.of(Math.PI), [1]),
    }
    expectNumbers(complexExponential(turn), {
      re: fromArray(Float64Array.of(-1), [1]),
      im: fromArray(Float64Array.of(0), [1]),
    })
  })

  it('is its magnitude times the exponential of i times its phase', () => {
    const x = {
      re: fromArray(Float64Array.of(3, -2, -0.5, 1), [4]),
      im: fromArray(Float64Array.of(4, 1, -3, 0), [4]),
    }
    const turned = complexExponential({ re: fromArray(new Float64Array(4), [4]), im: phase(x) })
    const [re, im] = evaluate([complexScale(magnitude(x))(turned).re, complexScale(magnitude(x))(turned).im])
    ;[3, -2, -0.5, 1].forEach((value, i) => expect(re?.data[i]).toBeCloseTo(value, 12))
    ;[4, 1, -3, 0].forEach((value, i) => expect(im?.data[i]).toBeCloseTo(value, 12))
  })

  it('has a magnitude whose gradient is x/|x|, and 0 at 0, and whose second derivative is finite there', () => {
    const total = (x: Complex<readonly [2]>) => pipe(magnitude(x), sum('all'))
    expectNumbers(grad(total)(zeros), {
      re: fromArray(Float64Array.of(0, 0.6), [2]),
      im: fromArray(Float64Array.of(0, -0.8), [2]),
    })
    const bend = grad((x: Complex<readonly [2]>) => pipe(grad(total)(x).re, sum('all')))(zeros)
    // ∂/∂re of re/|x| is im²/|x|³, ∂/∂im is −re·im/|x|³.
    expectNumbers(bend, {
      re: fromArray(Float64Array.of(0, 16 / 125), [2]),
      im: fromArray(Float64Array.of(0, 12 / 125), [2]),
    })
  })

  it('refuses shapes that do not broadcast, and planes that differ, under its own name', () => {
    const x: Complex = noisyComplex(1, [3, 4])
    const y: Complex = noisyComplex(2, [3, 5])
    const torn: Complex<Shape> = { re: x.re, im: fromArray(new Float64Array(4), [4]) }
    const left = (where: string, found: string) => ({ _tag: 'Left', left: { where, found } })
    expect(attempt(() => complexMultiply(y)(x))).toMatchObject({
      _tag: 'Left',
      left: { where: 'complexMultiply' },
    })
    expect(attempt(() => complexAdd(torn)(x))).toMatchObject(left('complexAdd', 'f32[3, 4] and f32[4]'))
    expect(attempt(() => complexSubtract(x)(torn))).toMatchObject(
      left('complexSubtract', 'f32[3, 4] and f32[4]'),
    )
    expect(attempt(() => complexScale(2)(torn))).toMatchObject(left('complexScale', 'f32[3, 4] and f32[4]'))
    expect(attempt(() => complexScale(y.re)(x))).toMatchObject({
      _tag: 'Left',
      left: { where: 'complexScale' },
    })
    expect(attempt(() => magnitude(torn))).toMatchObject(left('magnitude', 'f32[3, 4] and f32[4]'))
    expect(attempt(() => complexExponential(torn))).toMatchObject(
      left('complexExponential', 'f32[3, 4] and f32[4]'),
    )
  })
})
