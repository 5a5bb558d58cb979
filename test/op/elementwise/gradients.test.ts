import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { grad } from '../../../src/grad/vjp.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { greater } from '../../../src/op/elementwise/greater.js'
import { log } from '../../../src/op/elementwise/log.js'
import { maximum } from '../../../src/op/elementwise/maximum.js'
import { minimum } from '../../../src/op/elementwise/minimum.js'
import { mul } from '../../../src/op/elementwise/mul.js'
import { relu } from '../../../src/op/elementwise/relu.js'
import { select } from '../../../src/op/elementwise/select.js'
import { stopGradient } from '../../../src/op/elementwise/stop-gradient.js'
import { toFloat } from '../../../src/op/elementwise/to-float.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { sum } from '../../../src/op/reduce/sum.js'
import { evaluate } from '../../../src/run/reference.js'

type Vector = Tensor<readonly [3], 'f32'>
const values = (x: Tensor): readonly number[] => [...(evaluate([x])[0]?.data ?? [])]
const vector = (...of: readonly [number, number, number]): Vector => fromArray(Float64Array.from(of), [3])
/** The gradient of the sum of f. */
const slopes = (f: (x: Vector) => Vector, x: Vector): readonly number[] =>
  values(grad((at: Vector) => pipe(f(at), sum()))(x))

describe('where the derivative has a choice', () => {
  const x = vector(1, 2, 3)
  const y = vector(2, 2, 2)
  it('equal operands of maximum and minimum have half each', () => {
    expect(slopes(maximum(y), x)).toEqual([0, 0.5, 1])
    expect(slopes((at) => pipe(y, maximum(at)), x)).toEqual([0, 0.5, 1])
    expect(slopes(minimum(y), x)).toEqual([1, 0.5, 0])
    expect(slopes((at) => pipe(y, minimum(at)), x)).toEqual([1, 0.5, 0])
    expect(slopes((at) => pipe(at, maximum(at)), x)).toEqual([1, 1, 1])
  })
  it('relu is flat at 0', () => expect(slopes(relu, vector(-1, 0, 1))).toEqual([0, 0, 1]))
})

describe('what no gradient flows through', () => {
  const x = vector(-2, 1, 3)
  it('stopGradient: x · stop(x) is linear in x', () => {
    expect(slopes((at) => pipe(at, mul(stopGradient(at))), x)).toEqual([-2, 1, 3])
  })
  it('a comparison', () => {
    expect(slopes((at) => pipe(at, mul(toFloat(pipe(at, greater(0))))), x)).toEqual([0, 1, 1])
  })
  it('the condition and the side not chosen of select', () => {
    expect(slopes((at) => pipe(at, greater(0), select(pipe(at, mul(5)), pipe(at, mul(7)))), x)).toEqual([
      7, 5, 5,
    ])
  })
})

it('the derivative of a product of broadcast operands is summed over the axes it was broadcast along', () => {
  const table = fromArray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3])
  expect(values(grad((at: Vector) => pipe(table, mul(at), sum()))(vector(0, 0, 0)))).toEqual([5, 7, 9])
})

it('second derivatives: (log x)″ = −1/x²', () => {
  const second = grad((at: Vector) => pipe(grad((inner: Vector) => pipe(log(inner), sum()))(at), sum()))(
    vector(1, 2, 4),
  )
  expect(values(second)).toEqual([-1, -0.25, -0.0625])
})
