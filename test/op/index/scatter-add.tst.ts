import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ScatterCheck, SegmentCheck } from '../../../src/shape/gather.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { scatterAdd } from '../../../src/op/index/scatter-add.js'
import { segmentSum } from '../../../src/op/index/segment-sum.js'

const x = inputTensor('x', [10, 4], 'f32')
const indices = inputTensor('indices', ['batch', 2], 'i24')
const updates = inputTensor('updates', ['batch', 2, 4], 'f32')

test('what is added into keeps its shape', () => {
  expect(pipe(x, scatterAdd(indices, updates, 0))).type.toBe<Tensor<readonly [10, 4], 'f32'>>()
})

test('updates that are not the rows gathered, and missing axes, are refused', () => {
  expect(scatterAdd(indices, updates, 1)).type.not.toBeCallableWith(x)
  expect<ScatterCheck<readonly [10, 4], readonly ['batch', 2], readonly ['batch', 2, 4], 1>>().type.toBe<
    ShapeError<'scatterAdd: updates [batch, 2, 4] are not rows [10, batch, 2]'>
  >()
  expect<ScatterCheck<readonly [10, 4], readonly [2], readonly [2, 4], 2>>().type.toBe<
    ShapeError<'scatterAdd: [10, 4] has no axis 2'>
  >()
  expect(scatterAdd).type.not.toBeCallableWith(updates, updates, 0)
})

test('the axes of the ids become one of the segments', () => {
  expect(pipe(updates, segmentSum(indices, 5))).type.toBe<Tensor<readonly [5, 4], 'f32'>>()
  expect(segmentSum(indices, 5)).type.not.toBeCallableWith(x)
  expect<SegmentCheck<readonly [10, 4], readonly ['batch', 2]>>().type.toBe<
    ShapeError<'segmentSum: [10, 4] does not begin with the axes of the ids, [batch, 2]'>
  >()
})
