import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { flip } from '../../../src/op/view/flip.js'
import type { AxesCheck } from '../../../src/shape/permute.js'

const x = inputTensor('x', ['batch', 3], 'f32')

test('the shape stays', () => {
  expect(pipe(x, flip([1]))).type.toBe<Tensor<readonly ['batch', 3], 'f32'>>()
  expect(pipe(x, flip([-1, 0]))).type.toBe<Tensor<readonly ['batch', 3], 'f32'>>()
  expect(pipe(inputTensor('n', [9] as readonly [number], 'f32'), flip([0]))).type.toBe<
    Tensor<readonly [number], 'f32'>
  >()
})

test('axes that are not there, or named twice, are refused with a sentence', () => {
  expect(flip([2])).type.not.toBeCallableWith(x)
  expect(flip([1, -1])).type.not.toBeCallableWith(x)
  expect<AxesCheck<'flip', readonly ['batch', 3], readonly [2]>>().type.toBe<
    ShapeError<'flip: axes [2] are not distinct axes of [batch, 3]'>
  >()
})
