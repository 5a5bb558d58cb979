import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { slice } from '../../../src/op/view/slice.js'
import type { SliceCheck } from '../../../src/shape/slice.js'

const x = inputTensor('x', ['batch', 8, 4], 'f32')

test('ranges shorten axes, the others stay', () => {
  expect(pipe(x, slice(['all', [1, 5]]))).type.toBe<Tensor<readonly ['batch', 4, 4], 'f32'>>()
  expect(pipe(x, slice(['all', [2, 2], [0, 4]]))).type.toBe<Tensor<readonly ['batch', 0, 4], 'f32'>>()
  expect(pipe(inputTensor('n', [9] as readonly [number], 'f32'), slice([[0, 5]]))).type.toBe<
    Tensor<readonly [5], 'f32'>
  >()
})

test('ranges outside their axis are refused with a sentence', () => {
  expect(slice(['all', [0, 9]])).type.not.toBeCallableWith(x)
  expect(slice(['all', [5, 2]])).type.not.toBeCallableWith(x)
  expect(slice([[0, 2]])).type.not.toBeCallableWith(x)
  expect(slice(['all', 'all', 'all', 'all'])).type.not.toBeCallableWith(x)
  expect<SliceCheck<readonly [2, 4], readonly ['all', readonly [2, 9]]>>().type.toBe<
    ShapeError<'slice: range 2 to 9 does not lie in axis 4'>
  >()
})
