import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { attempt, renderError } from '../../../src/error/error.js'
import { grad } from '../../../src/grad/vjp.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { attention } from '../../../src/op/composite/attention.js'
import { multiHeadAttention } from '../../../src/op/composite/multi-head-attention.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { sum } from '../../../src/op/reduce/sum.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import { noise } from '../../support/arbitrary.js'

type Floats = Tensor<Shape, 'f32'>

const valuesOf = (x: Tensor): readonly number[] => [...(evaluate([x])[0]?.data ?? [])]
const drawn = (seed: number, stream: number, shape: readonly number[]): Floats =>
  fromArray(
    noise(
      seed,
      stream,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  )
const maskOf = (rows: readonly (readonly number[])[]): Tensor<Shape, 'bool'> =>
  fromArray(Float64Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0], 'bool')

describe('a mask', () => {
  it('hides keys as if they were not there', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 5 }), (seed, kept) => {
        const [q, k, v] = [drawn(seed, 0, [3, 2]), drawn(seed, 1, [6, 2]), drawn(seed, 2, [6, 4])]
        const mask = maskOf([0, 1, 2].map(() => Array.from({ length: 6 }, (_, s) => (s < kept ? 1 : 0))))
        const few = (x: Tensor, width: number): Floats =>
          fromArray(Float64Array.from(valuesOf(x).slice(0, kept * width)), [kept, width])
        const masked = valuesOf(pipe(q, attention(k, v, { mask })))
        valuesOf(pipe(q, attention(few(k, 2), few(v, 4)))).forEach((value, i) =>
          expect(masked[i]).toBeCloseTo(value, 12),
        )
      }),
    )
  })

  it('of nothing gives zeros and no gradient, not NaN', () => {
    const [q, k, v] = [drawn(1, 0, [2, 2]), drawn(1, 1, [3, 2]), drawn(1, 2, [3, 2])]
    const mask = maskOf([
      [0, 0, 0],
      [1, 0, 1],
    ])
    const f = (x: Floats): Tensor<readonly []> => pipe(x, attention(k, v, { mask }), sum())
    expect(valuesOf(pipe(q, attention(k, v, { mask }))).slice(0, 2)).toEqual([0, 0])
    const gradient = valuesOf(grad(f)(q))
    expect(gradient.slice(0, 2).map(Math.abs)).toEqual([0, 0])
    expect(gradient.every(Number.isFinite)).toBe(true)
  })
})

describe('attention in heads', () => {
  it('of one head is attention, and of several each share by itself', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [q, k, v] = [drawn(seed, 0, [3, 4]), drawn(seed, 1, [5, 4]), drawn(seed, 2, [5, 4])]
        const whole = valuesOf(pipe(q, multiHeadAttention(1, k, v)))
        valuesOf(pipe(q, attention(k, v))).forEach((value, i) => expect(whole[i]).toBeCloseTo(value, 12))
        const share = (x: Tensor, head: number): Floats =>
          fromArray(Float64Array.from(valuesOf(x).filter((_, i) => Math.floor((i % 4) / 2) === head)), [
            Number(x.shape[0]),
            2,
          ])
        const heads = valuesOf(pipe(q, multiHeadAttention(2, k, v)))
        for (const head of [0, 1])
          valuesOf(pipe(share(q, head), attention(share(k, head), share(v, head)))).forEach((value, i) =>
            expect(heads[4 * Math.floor(i / 2) + 2 * head + (i % 2)]).toBeCloseTo(value, 12),
          )
      }),
    )
  })

  it('refuses heads that do not divide the width', () => {
    const x = drawn(1, 0, [3, 4])
    const refused = attempt(() => pipe(x, multiHeadAttention(3, x, x)))
    expect(E.isLeft(refused) ? renderError(refused.left) : 'accepted').toContain(
      'whose widths 3 heads divide',
    )
  })
})
