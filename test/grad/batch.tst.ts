import { describe, expect, test } from 'tstyche'
import { pipe } from 'fp-ts/lib/function.js'
import type { Shape, Tensor } from '../../src/index.js'
import { grad, hessian, hvp, jacobian, mul, softmax, sum, vmap } from '../../src/index.js'

type Vector = Tensor<readonly [3]>
interface Params {
  readonly weight: Tensor<readonly [3, 2]>
  readonly bias: Tensor<readonly [2]>
}
declare const rows: Tensor<readonly [5, 3]>
declare const named: Tensor<readonly ['batch', 3]>
declare const vector: Vector
declare const keys: Tensor<readonly [5, 4], 'i24'>
declare const params: Params
declare const loss: (x: Vector) => Tensor<readonly []>
declare const ofParams: (params: Params) => Tensor<readonly []>
declare const layer: (x: Vector, params: Params) => Tensor<readonly [2]>
declare const draw: (key: Tensor<readonly [4], 'i24'>) => Vector
declare const ofLabels: (labels: Tensor<readonly [4], 'i24'>) => Tensor<readonly []>

describe('vmap', () => {
  test('puts the axis in front of arguments and results', () => {
    expect(vmap(loss)(rows)).type.toBe<Tensor<readonly [5]>>()
    expect(vmap(loss)(named)).type.toBe<Tensor<readonly ['batch']>>()
    expect(vmap(grad(loss))(rows)).type.toBe<Tensor<readonly [5, 3]>>()
    expect(vmap(draw)(keys)).type.toBe<Tensor<readonly [5, 3]>>()
    expect(vmap(softmax(-1))(rows)).type.toBe<Tensor<Shape, 'f32'>>()
  })

  test('or where it is asked to, and not on what is the same for all', () => {
    expect(vmap(layer, { in: [0, null] })(rows, params)).type.toBe<Tensor<readonly [5, 2]>>()
    expect(vmap(layer, { in: [0, null], out: 1 })(rows, params)).type.toBe<Tensor<readonly [2, 5]>>()
    expect(vmap((x: Tensor<readonly [5]>) => pipe(x, sum()), { in: [1] })(rows)).type.toBe<
      Tensor<readonly [3]>
    >()
  })

  test('refuses rows of another size, sizes that differ, and a missing axis', () => {
    expect(vmap((x: Tensor<readonly [4]>) => x)).type.not.toBeCallableWith(rows)
    expect(vmap((x: Vector, y: Vector) => pipe(x, mul(y)))).type.not.toBeCallableWith(rows, named)
    expect(vmap(loss)).type.not.toBeCallableWith(vector)
    expect(vmap(layer, { in: [null, null] })).type.not.toBeCallableWith(rows, params)
  })
})

describe('Hessians and Jacobians', () => {
  test('have the axes of the value, then those of the argument', () => {
    expect(jacobian((x: Vector) => pipe(rows, mul(x)))(vector)).type.toBe<Tensor<readonly [5, 3, 3]>>()
    expect(jacobian((p: Params) => p.bias)(params)).type.toBe<{
      readonly weight: Tensor<readonly [2, 3, 2]>
      readonly bias: Tensor<readonly [2, 2]>
    }>()
    expect(hessian(loss)(vector)).type.toBe<Tensor<readonly [3, 3]>>()
    expect(hessian(ofParams)(params).weight.bias).type.toBe<Tensor<readonly [3, 2, 2]>>()
    expect(hvp(ofParams)(params, params)).type.toBe<Params>()
  })

  test('are of f32 arguments and scalar functions', () => {
    expect(jacobian).type.not.toBeCallableWith(ofLabels)
    expect(hessian).type.not.toBeCallableWith((x: Vector) => x)
    expect(hvp(loss)).type.not.toBeCallableWith(vector, rows)
  })
})
