import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { convolutionTranspose } from '../../../src/op/linear/convolution-transpose.js'
import type { ConvolutionTransposeCheck } from '../../../src/shape/convolution-transpose.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const image = inputTensor('image', ['batch', 7, 5, 8], 'f32')
const kernel = inputTensor('kernel', [3, 4, 6, 8], 'f32')

test('spatial sizes follow from taps, padding, stride and dilation', () => {
  expect(pipe(image, convolutionTranspose()(kernel))).type.toBe<Tensor<readonly ['batch', 9, 8, 6], 'f32'>>()
  expect(
    pipe(
      image,
      convolutionTranspose({
        stride: [2, 3],
        padding: [
          [1, 1],
          [0, 2],
        ],
        outputPadding: [1, 0],
      })(kernel),
    ),
  ).type.toBe<Tensor<readonly ['batch', 14, 14, 6], 'f32'>>()
  expect(
    pipe(image, convolutionTranspose({ stride: 2, padding: 'same', outputPadding: 1, groups: 2 })(kernel)),
  ).type.toBe<Tensor<readonly ['batch', 14, 10, 12], 'f32'>>()
  expect(pipe(image, convolutionTranspose({ dilation: 2 })(kernel))).type.toBe<
    Tensor<readonly ['batch', 11, 11, 6], 'f32'>
  >()
})

test('channels, groups, padding and ranks that do not fit are refused with a sentence', () => {
  expect(convolutionTranspose()(inputTensor('k', [3, 4, 6, 7], 'f32'))).type.not.toBeCallableWith(image)
  expect<ConvolutionTransposeCheck<readonly [1, 9, 4], readonly [3, 8, 5], 'valid', 1, 1, 1, 0>>().type.toBe<
    ShapeError<'convolutionTranspose: x has 4 inputs, the kernel takes 5'>
  >()
  expect<ConvolutionTransposeCheck<readonly [1, 9, 4], readonly [3, 8, 4], 'valid', 3, 1, 1, 0>>().type.toBe<
    ShapeError<'convolutionTranspose: 4 inputs do not split into 3 groups'>
  >()
  expect<
    ConvolutionTransposeCheck<readonly [1, 9, 4], readonly [3, 3, 8, 4], 'valid', 1, 1, 1, 0>
  >().type.toBe<ShapeError<'convolutionTranspose: a kernel with taps for 2 axes, x has 1 spatial axes'>>()
  expect<
    ConvolutionTransposeCheck<readonly [1, 1, 4], readonly [3, 8, 4], readonly [readonly [3, 3]], 1, 1, 1, 0>
  >().type.toBe<
    ShapeError<'convolutionTranspose: the padding takes away more than there is, -3 elements are left'>
  >()
})
