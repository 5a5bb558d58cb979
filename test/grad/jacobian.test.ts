import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { attempt, renderError } from '../../src/error/error.js'
import { hvp } from '../../src/grad/hvp.js'
import { hessian, jacobian } from '../../src/grad/jacobian.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { add } from '../../src/op/elementwise/add.js'
import { mul } from '../../src/op/elementwise/mul.js'
import { sin } from '../../src/op/elementwise/sin.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { einsum } from '../../src/op/linear/contract.js'
import { sum } from '../../src/op/reduce/sum.js'
import { evaluate } from '../../src/run/reference.js'

type Vector = Tensor<readonly [3]>
type Matrix = Tensor<readonly [2, 3]>

const numbers = (count: number) =>
  fc.array(
    fc.integer({ min: -200, max: 200 }).map((n) => n / 100),
    { minLength: count, maxLength: count },
  )
const valuesOf = (x: Tensor): readonly number[] => [...(evaluate([x])[0]?.data ?? [])]
const expectValues = (found: Tensor, expected: readonly number[]): void => {
  const values = valuesOf(found)
  expect(values.length).toBe(expected.length)
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 11))
}
const vector = (data: readonly number[]): Vector => fromArray(Float64Array.from(data), [3])
const matrix = (data: readonly number[]): Matrix => fromArray(Float64Array.from(data), [2, 3])

describe('the Jacobian', () => {
  it('of a matrix times a vector is the matrix, and by the matrix the vector in blocks, in both modes', () => {
    fc.assert(
      fc.property(numbers(6), numbers(3), (a, x) => {
        const product = ({ m, v }: { readonly m: Matrix; readonly v: Vector }) => ({
          y: pipe(m, einsum('ij,j->i')(v)),
        })
        const blocks = [0, 1].flatMap((i) =>
          [0, 1].flatMap((row) => x.map((value) => (row === i ? value : 0))),
        )
        for (const mode of ['reverse', 'forward'] as const) {
          const { y } = jacobian(product, { mode })({ m: matrix(a), v: vector(x) })
          expectValues(y.v, a)
          expectValues(y.m, blocks)
          expect(y.m.shape).toEqual([2, 2, 3])
        }
      }),
    )
  })

  it('of what does not depend on the argument is zero', () => {
    const constant = vector([1, 2, 3])
    for (const mode of ['reverse', 'forward'] as const)
      expectValues(
        jacobian((_: Vector) => constant, { mode })(vector([4, 5, 6])),
        Array.from({ length: 9 }, () => 0),
      )
  })

  it('needs sizes', () => {
    const refused = attempt(() =>
      jacobian((x: Tensor<readonly ['n']>) => sin(x))(inputTensor('x', ['n'], 'f32')),
    )
    expect(E.isLeft(refused) ? renderError(refused.left) : 'accepted').toContain('a size for every axis')
  })
})

/** Σ sin(x)·x + (Σ x)²: its Hessian is diag(2 cos x − x sin x) + 2. */
const f = (x: Vector): Tensor<readonly []> =>
  pipe(sin(x), mul(x), sum(), add(pipe(x, sum(), mul(pipe(x, sum())))))
const second = (x: readonly number[]): readonly number[] =>
  x.flatMap((xi, i) => x.map((_, j) => 2 + (i === j ? 2 * Math.cos(xi) - xi * Math.sin(xi) : 0)))

describe('the Hessian', () => {
  it('is the matrix of second derivatives', () => {
    fc.assert(fc.property(numbers(3), (x) => expectValues(hessian(f)(vector(x)), second(x))))
  })

  it('times a direction is hvp', () => {
    fc.assert(
      fc.property(numbers(3), numbers(3), (x, v) => {
        const product = [0, 1, 2].map((i) =>
          v.reduce((total, vj, j) => total + (second(x)[3 * i + j] ?? Number.NaN) * vj, 0),
        )
        expectValues(hvp(f)(vector(x), vector(v)), product)
      }),
    )
  })
})
