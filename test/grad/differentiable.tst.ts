import { describe, expect, test } from 'tstyche'
import type { Differentiable, GivesNumber } from '../../src/grad/differentiable.js'
import type { Tensor } from '../../src/index.js'
import { grad, jvp, valueAndGrad, valueAndGradWith, vjp } from '../../src/index.js'
import type { ShapeError } from '../../src/shape/shape-error.js'

type Scalar = Tensor<readonly []>
interface Params {
  readonly weight: Tensor<readonly [2, 3]>
  readonly bias: readonly [Tensor<readonly [3]>]
}
declare const loss: (params: Params, labels: Tensor<readonly ['batch'], 'i24'>) => Scalar
declare const ofLabels: (labels: Tensor<readonly [4], 'i24'>) => Scalar
declare const ofMixed: (x: {
  readonly weight: Tensor<readonly [2]>
  readonly mask: Tensor<readonly [2], 'bool'>
}) => Scalar
declare const ofAny: (x: Tensor) => Scalar
declare const params: Params
declare const labels: Tensor<readonly ['batch'], 'i24'>

describe('what can be differentiated by', () => {
  test('trees of f32; further arguments may be anything', () => {
    expect(grad(loss)(params, labels)).type.toBe<Params>()
    expect(valueAndGrad(loss)(params, labels).gradient).type.toBe<Params>()
    expect(valueAndGrad(loss)(params, labels).value).type.toBe<Scalar>()
    expect(vjp((x: Params) => x.weight)(params).value).type.toBe<Tensor<readonly [2, 3]>>()
    expect(jvp((x: Params) => x.weight)(params, params).tangent).type.toBe<Tensor<readonly [2, 3]>>()
  })

  test('a tensor may be left out of a tree', () => {
    expect<Differentiable<'grad', { readonly bias?: Scalar }>>().type.toBe<unknown>()
    expect<Differentiable<'grad', { readonly mask?: Tensor<readonly [2], 'bool'> }>>().type.toBe<
      ShapeError<'grad: only f32 has a gradient, not bool'>
    >()
  })

  test('a dtype that only the run knows is checked there', () => {
    expect(grad).type.toBeCallableWith(ofAny)
  })

  test('integers and bools are refused', () => {
    expect(grad).type.not.toBeCallableWith(ofLabels)
    expect(valueAndGrad).type.not.toBeCallableWith(ofMixed)
    expect(vjp).type.not.toBeCallableWith(ofLabels)
    expect(jvp).type.not.toBeCallableWith(ofMixed)
    expect(valueAndGradWith).type.not.toBeCallableWith((x: Tensor<readonly [4], 'i24'>) => ({
      loss: ofLabels(x),
      auxiliary: x,
    }))
  })

  test('the loss is one number', () => {
    expect(grad).type.not.toBeCallableWith((x: Tensor<readonly [2]>) => x)
    expect(valueAndGrad).type.not.toBeCallableWith((x: Tensor<readonly [2]>) => x)
    expect<GivesNumber<'grad', Scalar>>().type.toBe<unknown>()
    expect<GivesNumber<'grad', Tensor<readonly ['batch', 2]>>>().type.toBe<
      ShapeError<'grad: the function gives f32[batch, 2], not one f32 number; take its mean or sum'>
    >()
    expect<GivesNumber<'grad', number>>().type.toBe<
      ShapeError<'grad: the function does not give one f32 number'>
    >()
  })
})
