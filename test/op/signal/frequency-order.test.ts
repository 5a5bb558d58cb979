import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import { attempt } from '../../../src/error/error.js'
import { grad } from '../../../src/grad/vjp.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { mul } from '../../../src/op/elementwise/mul.js'
import { sum } from '../../../src/op/reduce/sum.js'
import type { Complex } from '../../../src/op/signal/complex.js'
import {
  fftFrequencies,
  fftShift,
  ifftShift,
  rfftFrequencies,
} from '../../../src/op/signal/frequency-order.js'
import { evaluate } from '../../../src/run/reference.js'
import { noisyComplex, noisyTensor, planesOf } from './complex-planes.js'

const valuesOf = (x: Tensor): readonly number[] => [...(evaluate([x])[0]?.data ?? [])]
const size = fc.integer({ min: 0, max: 12 })

describe('fftShift', () => {
  it('puts bin 0 at floor(N/2), and the others in the order of their frequencies', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (n) => {
        const shifted = valuesOf(pipe(fftFrequencies(n), fftShift([0])))
        expect(shifted[Math.floor(n / 2)]).toBe(0)
        expect(shifted).toEqual(shifted.toSorted((a, b) => a - b))
      }),
    )
  })

  it('is undone by ifftShift, over any axes, of tensors and of planes', () => {
    fc.assert(
      fc.property(
        size,
        size,
        fc.constantFrom<readonly number[]>([0], [1], [0, 1], [-1, 0], []),
        fc.nat(),
        (n, m, axes, seed) => {
          const x = noisyTensor(seed, 0, [n, m])
          expect(valuesOf(pipe(x, fftShift(axes), ifftShift(axes)))).toEqual(valuesOf(x))
          expect(valuesOf(pipe(x, ifftShift(axes), fftShift(axes)))).toEqual(valuesOf(x))
          const z: Complex = noisyComplex(seed, [n, m])
          const back = planesOf(pipe(z, fftShift(axes), ifftShift(axes)))
          expect([...back.im.data]).toEqual(valuesOf(z.im))
          expect(valuesOf(pipe(z, fftShift(axes)).re)).toEqual(valuesOf(pipe(z.re, fftShift(axes))))
        },
      ),
    )
  })

  it('has ifftShift as its transpose', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (n, seed) => {
        const [x, u] = [noisyTensor(seed, 0, [n, 3]), noisyTensor(seed, 1, [n, 3])]
        const slope = grad((at: typeof x) => pipe(at, fftShift([0]), mul(u), sum('all')))(x)
        expect(valuesOf(slope)).toEqual(valuesOf(pipe(u, ifftShift([0]))))
      }),
      { numRuns: 20 },
    )
  })

  it('refuses axes that are not there, or have a name and so no middle', () => {
    const x: Tensor = inputTensor('x', ['batch', 8], 'f32')
    expect(attempt(() => fftShift([2])(x))).toMatchObject({ _tag: 'Left', left: { where: 'fftShift' } })
    expect(attempt(() => ifftShift([1, -1])(x))).toMatchObject({ _tag: 'Left', left: { where: 'ifftShift' } })
    expect(attempt(() => ifftShift([0])(x))).toMatchObject({
      _tag: 'Left',
      left: { where: 'ifftShift', found: 'f32[batch, 8] and axis 0' },
    })
  })
})

describe('frequencies', () => {
  it('are those of the bins: a wave of each of them turns by it from point to point', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0.125, max: 8, noNaN: true }),
        (n, spacing) => {
          const all = valuesOf(fftFrequencies(n, spacing))
          expect(all.length).toBe(n)
          all.forEach((frequency, k) => {
            // Between −1/2 and 1/2 turns a point, and equal to k/N but for whole turns.
            const turns = frequency * spacing
            expect(turns).toBeGreaterThanOrEqual(-0.5 - 1e-12)
            expect(turns).toBeLessThan(0.5)
            expect(Math.abs((k / n - turns + 0.5) % 1)).toBeCloseTo(0.5, 12)
          })
          const half = valuesOf(rfftFrequencies(n, spacing))
          expect(half.length).toBe(Math.floor(n / 2) + 1)
          half.forEach((frequency, k) => {
            expect(frequency).toBeCloseTo(Math.abs(all[k] ?? Number.NaN), 12)
          })
        },
      ),
    )
  })

  it('refuse lengths and spacings that no grid has', () => {
    for (const [length, spacing] of [
      [0, 1],
      [2.5, 1],
      [4, 0],
      [4, Number.NaN],
    ] as const) {
      expect(attempt(() => fftFrequencies<number>(length, spacing))).toMatchObject({
        _tag: 'Left',
        left: { where: 'fftFrequencies' },
      })
      expect(attempt(() => rfftFrequencies<number>(length, spacing))).toMatchObject({
        _tag: 'Left',
        left: { where: 'rfftFrequencies' },
      })
    }
  })
})
