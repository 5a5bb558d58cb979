import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { searchSorted } from '../../../src/op/index/search-sorted.js'

const edges = inputTensor('edges', [9], 'f32')

test('queries of any shape keep it', () => {
  expect(pipe(inputTensor('x', ['batch', 2], 'f32'), searchSorted(edges))).type.toBe<
    Tensor<readonly ['batch', 2], 'i24'>
  >()
})

test('boundaries are one axis, of the dtype of the queries', () => {
  expect(searchSorted).type.not.toBeCallableWith(inputTensor('edges', [9, 2], 'f32'))
  expect(searchSorted(edges)).type.not.toBeCallableWith(inputTensor('x', [3], 'i24'))
})
