import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { convolution } from '../../../src/op/linear/convolution.js'
import type { ConvolutionCheck } from '../../../src/shape/convolution.js'

const image = inputTensor('image', ['batch', 28, 28, 4], 'f32')
const kernel = inputTensor('kernel', [3, 5, 4, 8], 'f32')
const depthwise = inputTensor('depthwise', [3, 3, 1, 4], 'f32')

test('spatial sizes follow from taps and padding', () => {
  expect(pipe(image, convolution()(kernel))).type.toBe<Tensor<readonly ['batch', 26, 24, 8], 'f32'>>()
  expect(
    pipe(
      image,
      convolution({
        padding: [
          [1, 1],
          [4, 0],
        ],
      })(kernel),
    ),
  ).type.toBe<Tensor<readonly ['batch', 28, 28, 8], 'f32'>>()
  expect(pipe(image, convolution({ padding: 'causal' })(kernel))).type.toBe<
    Tensor<readonly ['batch', 28, 28, 8], 'f32'>
  >()
  expect(pipe(image, convolution({ padding: 'same', groups: 4 })(depthwise))).type.toBe<
    Tensor<readonly ['batch', 28, 28, 4], 'f32'>
  >()
  expect(
    pipe(
      inputTensor('n', [1, 9, 2] as readonly [1, number, 2], 'f32'),
      convolution()(inputTensor('k', [3, 2, 6], 'f32')),
    ),
  ).type.toBe<Tensor<readonly [1, number, 6], 'f32'>>()
})

test('spatial sizes follow from stride and dilation', () => {
  expect(pipe(image, convolution({ stride: 2, dilation: [3, 1] })(kernel))).type.toBe<
    Tensor<readonly ['batch', 11, 12, 8], 'f32'>
  >()
  expect(pipe(image, convolution({ padding: 'same', stride: [3, 5] })(kernel))).type.toBe<
    Tensor<readonly ['batch', 10, 6, 8], 'f32'>
  >()
  expect(
    pipe(
      inputTensor('x', [1, 7, 2], 'f32'),
      convolution({ padding: [[2, 1]], stride: 3 as number })(inputTensor('k', [3, 2, 6], 'f32')),
    ),
  ).type.toBe<Tensor<readonly [1, number, 6], 'f32'>>()
})

test('steps that do not fit are refused with a sentence', () => {
  expect(convolution({ stride: [2, 2, 2] })(kernel)).type.not.toBeCallableWith(image)
  expect<ConvolutionCheck<readonly [1, 9, 4], readonly [3, 4, 8], 'valid', 1, readonly [2, 2]>>().type.toBe<
    ShapeError<'convolution: 2 strides for 1 spatial axes'>
  >()
  expect<
    ConvolutionCheck<readonly [1, 9, 4], readonly [3, 4, 8], 'valid', 1, 1, readonly [1, 2]>
  >().type.toBe<ShapeError<'convolution: 2 dilations for 1 spatial axes'>>()
  expect<ConvolutionCheck<readonly [1, 9, 4], readonly [3, 4, 8], 'valid', 1, 2, 5>>().type.toBe<
    ShapeError<'convolution: 3 taps do not fit into the padded axis'>
  >()
})

test('channels, groups, taps and ranks that do not fit are refused with a sentence', () => {
  expect(convolution()(depthwise)).type.not.toBeCallableWith(image)
  expect(convolution()(inputTensor('k', [29, 3, 4, 8], 'f32'))).type.not.toBeCallableWith(
    inputTensor('x', [1, 27, 27, 4], 'f32'),
  )
  expect(convolution({ padding: [[1, 1]] })(kernel)).type.not.toBeCallableWith(image)
  expect<ConvolutionCheck<readonly [1, 9, 4], readonly [3, 3, 8], 'valid', 1>>().type.toBe<
    ShapeError<'convolution: x has 4 inputs, the kernel takes 3'>
  >()
  expect<ConvolutionCheck<readonly [1, 9, 4], readonly [3, 4, 8], 'valid', 2>>().type.toBe<
    ShapeError<'convolution: x has 4 inputs, the kernel takes 4 in each of 2 groups'>
  >()
  expect<ConvolutionCheck<readonly [1, 9, 4], readonly [3, 2, 7], 'valid', 2>>().type.toBe<
    ShapeError<'convolution: 7 outputs do not split into 2 groups'>
  >()
  expect<ConvolutionCheck<readonly [1, 9, 4], readonly [3, 3, 4, 8], 'valid', 1>>().type.toBe<
    ShapeError<'convolution: a kernel with taps for 2 axes, x has 1 spatial axes'>
  >()
  expect<ConvolutionCheck<readonly [1, 2, 4], readonly [9, 4, 8], 'valid', 1>>().type.toBe<
    ShapeError<'convolution: 9 taps do not fit into the padded axis'>
  >()
})
