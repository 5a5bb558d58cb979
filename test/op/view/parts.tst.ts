import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { indexAxis } from '../../../src/op/view/index-axis.js'
import { splitAxis } from '../../../src/op/view/split-axis.js'
import { stack } from '../../../src/op/view/stack.js'
import type { IndexAxisCheck, SplitCheck, StackCheck } from '../../../src/shape/parts.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const x = inputTensor('x', ['batch', 6, 4], 'f32')
const y = inputTensor('y', ['batch', 6, 5], 'f32')

test('an axis is taken apart into a tuple', () => {
  expect(pipe(x, splitAxis(2, 1))).type.toBe<
    readonly [Tensor<readonly ['batch', 3, 4], 'f32'>, Tensor<readonly ['batch', 3, 4], 'f32'>]
  >()
  expect(pipe(x, splitAxis([1, 3], -1))).type.toBe<
    readonly [Tensor<readonly ['batch', 6, 1], 'f32'>, Tensor<readonly ['batch', 6, 3], 'f32'>]
  >()
  const [q, k, v] = pipe(inputTensor('qkv', ['batch', 96], 'f32'), splitAxis(3, -1))
  expect(q).type.toBe<Tensor<readonly ['batch', 32], 'f32'>>()
  expect([k, v]).type.toBe<(typeof q)[]>()
})

test('what does not divide or add up is refused with a sentence', () => {
  expect(splitAxis(4, 1)).type.not.toBeCallableWith(x)
  expect(splitAxis([2, 2], 1)).type.not.toBeCallableWith(x)
  expect(splitAxis(2, 0)).type.not.toBeCallableWith(x)
  expect<SplitCheck<readonly [6], 4, 0>>().type.toBe<
    ShapeError<'splitAxis: 6 elements do not divide into 4 parts'>
  >()
  expect<SplitCheck<readonly [6], readonly [2, 3], 0>>().type.toBe<
    ShapeError<'splitAxis: sizes [2, 3] do not add up to 6'>
  >()
})

test('equal tensors stand side by side on a new axis', () => {
  expect(stack(0)([x, x])).type.toBe<Tensor<readonly [2, 'batch', 6, 4], 'f32'>>()
  expect(stack(-1)([x, x, x])).type.toBe<Tensor<readonly ['batch', 6, 4, 3], 'f32'>>()
  expect(stack(-2)([x])).type.toBe<Tensor<readonly ['batch', 6, 1, 4], 'f32'>>()
})

test('unequal tensors are refused with a sentence', () => {
  expect(stack(0)).type.not.toBeCallableWith([x, y])
  expect(stack(4)).type.not.toBeCallableWith([x, x])
  expect<StackCheck<readonly [readonly [2, 3], readonly [2, 4]], 0>>().type.toBe<
    ShapeError<'stack: [2, 3] and [2, 4] differ'>
  >()
})

test('one place of an axis drops it', () => {
  expect(pipe(x, indexAxis(5, 1))).type.toBe<Tensor<readonly ['batch', 4], 'f32'>>()
  expect(pipe(x, indexAxis(-4, -1))).type.toBe<Tensor<readonly ['batch', 6], 'f32'>>()
})

test('a place beyond the axis is refused with a sentence', () => {
  expect(indexAxis(6, 1)).type.not.toBeCallableWith(x)
  expect(indexAxis(-5, 2)).type.not.toBeCallableWith(x)
  expect(indexAxis(0, 0)).type.not.toBeCallableWith(x)
  expect<IndexAxisCheck<readonly [2, 3], 3, 1>>().type.toBe<
    ShapeError<'indexAxis: axis 1 of [2, 3] has no place 3'>
  >()
})
