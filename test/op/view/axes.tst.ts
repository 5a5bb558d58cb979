import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { expandDims } from '../../../src/op/view/expand-dims.js'
import { flattenAxes } from '../../../src/op/view/flatten-axes.js'
import { moveAxis } from '../../../src/op/view/move-axis.js'
import { squeeze } from '../../../src/op/view/squeeze.js'
import { swapAxes } from '../../../src/op/view/swap-axes.js'
import { unflattenAxis } from '../../../src/op/view/unflatten-axis.js'
import type { FlattenCheck, PlaceCheck, SqueezeCheck, UnflattenCheck } from '../../../src/shape/axes.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const x = inputTensor('x', ['batch', 3, 4, 1], 'f32')

test('axes are put in and dropped', () => {
  expect(pipe(x, expandDims(0))).type.toBe<Tensor<readonly [1, 'batch', 3, 4, 1], 'f32'>>()
  expect(pipe(x, expandDims(-2))).type.toBe<Tensor<readonly ['batch', 3, 4, 1, 1], 'f32'>>()
  expect(pipe(x, squeeze([-1]))).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
})

test('axes are moved', () => {
  expect(pipe(x, moveAxis(0, -1))).type.toBe<Tensor<readonly [3, 4, 1, 'batch'], 'f32'>>()
  expect(pipe(x, moveAxis(-2, 1))).type.toBe<Tensor<readonly ['batch', 4, 3, 1], 'f32'>>()
  expect(pipe(x, swapAxes(1, -2))).type.toBe<Tensor<readonly ['batch', 4, 3, 1], 'f32'>>()
})

test('axes are merged and taken apart', () => {
  expect(pipe(x, flattenAxes(1, -1))).type.toBe<Tensor<readonly ['batch', 12], 'f32'>>()
  expect(pipe(x, flattenAxes(0, 0))).type.toBe<Tensor<readonly ['batch', 3, 4, 1], 'f32'>>()
  expect(pipe(x, unflattenAxis(2, [2, 2]))).type.toBe<Tensor<readonly ['batch', 3, 2, 2, 1], 'f32'>>()
})

test('what cannot be is refused with a sentence', () => {
  expect(expandDims(5)).type.not.toBeCallableWith(x)
  expect(squeeze([1])).type.not.toBeCallableWith(x)
  expect(moveAxis(4, 0)).type.not.toBeCallableWith(x)
  expect(swapAxes(0, -5)).type.not.toBeCallableWith(x)
  expect(flattenAxes(0, 1)).type.not.toBeCallableWith(x)
  expect(flattenAxes(2, 1)).type.not.toBeCallableWith(x)
  expect(unflattenAxis(2, [3, 2])).type.not.toBeCallableWith(x)
  expect<PlaceCheck<'expandDims', readonly [2], 3>>().type.toBe<
    ShapeError<'expandDims: [2] has no place 3 for an axis'>
  >()
  expect<SqueezeCheck<readonly [1, 2], readonly [0, 1]>>().type.toBe<
    ShapeError<'squeeze: axes [0, 1] of [1, 2] are not all of size 1'>
  >()
  expect<FlattenCheck<readonly ['batch', 2, 3], 0, 1>>().type.toBe<
    ShapeError<'flattenAxes: a name has no size to multiply in [batch, 2]'>
  >()
  expect<UnflattenCheck<readonly [4], 0, readonly [3, 2]>>().type.toBe<
    ShapeError<'unflattenAxis: [3, 2] has 6 elements, the axis 4'>
  >()
})
