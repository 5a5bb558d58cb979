import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { oneHot } from '../../../src/op/index/one-hot.js'

test('classes are a new last axis', () => {
  expect(pipe(inputTensor('labels', ['batch'], 'i24'), oneHot(10))).type.toBe<
    Tensor<readonly ['batch', 10], 'f32'>
  >()
  expect(pipe(inputTensor('labels', [2, 3], 'i24'), oneHot(4))).type.toBe<Tensor<readonly [2, 3, 4], 'f32'>>()
})

test('only i24 are labels', () => {
  expect(oneHot(10)).type.not.toBeCallableWith(inputTensor('x', [3], 'f32'))
})
