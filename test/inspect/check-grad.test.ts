import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/error/error.js'
import { checkGrad } from '../../src/inspect/check-grad.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { exp } from '../../src/op/elementwise/exp.js'
import { mul } from '../../src/op/elementwise/mul.js'
import { relu } from '../../src/op/elementwise/relu.js'
import { sin } from '../../src/op/elementwise/sin.js'
import { stopGradient } from '../../src/op/elementwise/stop-gradient.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { matmul } from '../../src/op/linear/contract.js'
import { sum } from '../../src/op/reduce/sum.js'

interface Params {
  readonly weight: Tensor<readonly [2, 2]>
  readonly bias: Tensor<readonly [2]>
}
const params: Params = {
  weight: fromArray(Float64Array.of(0.5, -1, 2, 0.25), [2, 2]),
  bias: fromArray(Float64Array.of(1, -0.5), [2]),
}

describe('checkGrad', () => {
  it('accepts a gradient that is right, of a tree of tensors and a tree of values', () => {
    const checked = checkGrad(({ weight, bias }: Params) => ({
      y: pipe(weight, matmul(weight), mul(bias), sin),
      z: pipe(exp(bias), sum()),
    }))(params)
    expect(E.isRight(checked) ? checked.right.differences : 1).toBeLessThan(1e-8)
    expect(E.isRight(checked) ? checked.right.modes : 1).toBeLessThan(1e-12)
  })

  it('names the tensor and the element where a gradient is wrong', () => {
    // A factor that the gradient does not see: wrong by one part in three at each element of the bias alone.
    const wrong = ({ weight, bias }: Params) =>
      pipe(bias, mul(bias), mul(stopGradient(bias)), mul(pipe(weight, sum())))
    const checked = checkGrad(wrong)(params)
    const message = E.isLeft(checked) ? renderError(checked.left) : 'accepted'
    expect(message).toContain('ValueError in checkGrad')
    expect(message).toMatch(/at bias\[[01]\]/)
  })

  it('sees a kink', () => {
    const kink = fromArray(Float64Array.of(1, 1e-4, -2), [3])
    const checked = checkGrad((x: Tensor<readonly [3]>) => relu(x))(kink)
    expect(E.isLeft(checked) ? renderError(checked.left) : 'accepted').toContain('[1]')
  })

  it('finds one wrong element among five thousand', () => {
    const big = fromArray(
      Float64Array.from({ length: 5000 }, (_, i) => Math.sin(i)),
      [5000],
    )
    const off = 4321
    // One element of five thousand has the wrong derivative.
    const mask = fromArray(
      Float64Array.from({ length: 5000 }, (_, i) => (i === off ? 1 : 0)),
      [5000],
    )
    const f = (x: Tensor<readonly [5000]>) => pipe(x, mul(pipe(mask, mul(stopGradient(x)))), sum())
    const checked = checkGrad(f, { directions: 1 })(big)
    expect(E.isLeft(checked) ? renderError(checked.left) : 'accepted').toContain('along a direction')
  })
})
