import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { AxisCheck, TakeAlongCheck } from '../../../src/shape/gather.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import type { TopKCheck } from '../../../src/shape/top-k.js'
import { argsort } from '../../../src/op/index/argsort.js'
import { sort } from '../../../src/op/index/sort.js'
import { takeAlongAxis } from '../../../src/op/index/take-along-axis.js'
import type { TopK } from '../../../src/op/index/top-k.js'
import { topK } from '../../../src/op/index/top-k.js'

const x = inputTensor('x', ['batch', 7], 'f32')
const bools = inputTensor('b', [7], 'bool')

test('sorting keeps shape and dtype; the order is i24', () => {
  expect(pipe(x, sort(-1))).type.toBe<Tensor<readonly ['batch', 7], 'f32'>>()
  expect(pipe(inputTensor('i', [3], 'i24'), sort(0, { descending: true }))).type.toBe<
    Tensor<readonly [3], 'i24'>
  >()
  expect(pipe(x, argsort(0))).type.toBe<Tensor<readonly ['batch', 7], 'i24'>>()
})

test('the axis of topK is k long', () => {
  expect(pipe(x, topK(3))).type.toBe<TopK<readonly ['batch', 3], 'f32'>>()
  expect(pipe(x, topK(3, 1)).indices).type.toBe<Tensor<readonly ['batch', 3], 'i24'>>()
  expect(pipe(x, topK(3, 0)).values).type.toBe<Tensor<readonly [3, 7], 'f32'>>()
})

test('elements taken along an axis have the shape of the indices', () => {
  const indices = inputTensor('indices', ['batch', 2], 'i24')
  expect(pipe(x, takeAlongAxis(indices, 1))).type.toBe<Tensor<readonly ['batch', 2], 'f32'>>()
  expect(takeAlongAxis(indices, 0)).type.not.toBeCallableWith(x)
  expect<TakeAlongCheck<readonly ['batch', 7], readonly ['batch', 2], 0>>().type.toBe<
    ShapeError<'takeAlongAxis: indices [batch, 2] do not go with [batch, 7] but for axis 0'>
  >()
  expect<TakeAlongCheck<readonly [3, 7], readonly [3], 1>>().type.toBe<
    ShapeError<'takeAlongAxis: indices [3] do not go with [3, 7] but for axis 1'>
  >()
})

test('missing axes, bools and more than there are are refused', () => {
  expect(sort(2)).type.not.toBeCallableWith(x)
  expect<AxisCheck<'sort', readonly ['batch', 7], 2>>().type.toBe<
    ShapeError<'sort: [batch, 7] has no axis 2'>
  >()
  expect<AxisCheck<'argsort', readonly [], 0>>().type.toBe<ShapeError<'argsort: [] has no axis 0'>>()
  expect(argsort(0)).type.not.toBeCallableWith(bools)
  expect(topK(8)).type.not.toBeCallableWith(x)
  expect<TopKCheck<readonly ['batch', 7], -1, 8>>().type.toBe<
    ShapeError<'topK: axis -1 has 7 elements, not 8'>
  >()
  expect<TopKCheck<readonly [7], 1, 8>>().type.toBe<ShapeError<'topK: [7] has no axis 1'>>()
})
