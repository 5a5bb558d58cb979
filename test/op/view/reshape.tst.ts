import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import type { Shape } from '../../../src/shape/dim.js'
import { reshape } from '../../../src/op/view/reshape.js'
import type { ReshapeCheck } from '../../../src/shape/reshape.js'

const x = inputTensor('x', [2, 6], 'f32')
const images = inputTensor('images', ['batch', 8, 4], 'f32')
const loose = inputTensor('loose', [2, 6] as readonly [number, 6], 'f32')
const open = inputTensor('open', [2, 6] as Shape, 'f32')

test('sizes with the same product, and names that stay', () => {
  expect(pipe(x, reshape([3, 4]))).type.toBe<Tensor<readonly [3, 4], 'f32'>>()
  expect(pipe(images, reshape(['batch', 32]))).type.toBe<Tensor<readonly ['batch', 32], 'f32'>>()
  expect(pipe(inputTensor('k', [4], 'i24'), reshape([2, 2]))).type.toBe<Tensor<readonly [2, 2], 'i24'>>()
})

test('-1 is inferred', () => {
  expect(pipe(x, reshape([-1]))).type.toBe<Tensor<readonly [12], 'f32'>>()
  expect(pipe(images, reshape(['batch', -1, 2]))).type.toBe<Tensor<readonly ['batch', 16, 2], 'f32'>>()
})

test('what is not known is left to the run-time rule', () => {
  expect(pipe(loose, reshape([5, 3]))).type.toBe<Tensor<readonly [5, 3], 'f32'>>()
  expect(pipe(open, reshape([5, 3]))).type.toBe<Tensor<readonly [5, 3], 'f32'>>()
})

test('other products and lost names are refused with a sentence', () => {
  expect(reshape([5, 3])).type.not.toBeCallableWith(x)
  expect(reshape([5, -1])).type.not.toBeCallableWith(x)
  expect(reshape([32])).type.not.toBeCallableWith(images)
  expect<ReshapeCheck<readonly [2, 6], readonly [5, 3]>>().type.toBe<
    ShapeError<'reshape: [2, 6] has 12 elements, [5, 3] has 15'>
  >()
  expect<ReshapeCheck<readonly [2, 6], readonly [5, -1]>>().type.toBe<
    ShapeError<'reshape: 12 elements do not divide by 5'>
  >()
  expect<ReshapeCheck<readonly ['batch', 4], readonly [4]>>().type.toBe<
    ShapeError<'reshape: named axes [batch] and [] differ'>
  >()
})
