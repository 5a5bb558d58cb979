import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { permute } from '../../../src/op/view/permute.js'
import type { PermuteCheck } from '../../../src/shape/permute.js'

const x = inputTensor('x', ['batch', 3, 4], 'f32')

test('axes are moved', () => {
  expect(pipe(x, permute([2, 0, 1]))).type.toBe<Tensor<readonly [4, 'batch', 3], 'f32'>>()
  expect(pipe(x, permute([0, -1, -2]))).type.toBe<Tensor<readonly ['batch', 4, 3], 'f32'>>()
  expect(pipe(inputTensor('n', [2, 3] as readonly [number, 3], 'bool'), permute([1, 0]))).type.toBe<
    Tensor<readonly [3, number], 'bool'>
  >()
})

test('an order that is no permutation is refused with a sentence', () => {
  expect(permute([0, 1])).type.not.toBeCallableWith(x)
  expect(permute([0, 0, 1])).type.not.toBeCallableWith(x)
  expect(permute([0, 1, 3])).type.not.toBeCallableWith(x)
  expect<PermuteCheck<readonly [2, 3], readonly [0, 0]>>().type.toBe<
    ShapeError<'permute: order [0, 0] does not name each of 2 axes once'>
  >()
})
