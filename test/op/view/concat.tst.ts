import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { concat } from '../../../src/op/view/concat.js'
import type { ConcatCheck } from '../../../src/shape/concat.js'

const x = inputTensor('x', ['batch', 3], 'f32')
const y = inputTensor('y', ['batch', 5], 'f32')
const short = inputTensor('short', [2, 5], 'f32')
const loose = inputTensor('loose', ['batch', 5] as readonly ['batch', number], 'f32')

test('sizes along the axis add up', () => {
  expect(pipe([x, y, x] as const, concat(1))).type.toBe<Tensor<readonly ['batch', 11], 'f32'>>()
  expect(concat(-1)([x, y])).type.toBe<Tensor<readonly ['batch', 8], 'f32'>>()
  expect(concat(1)([x, loose])).type.toBe<Tensor<readonly ['batch', number], 'f32'>>()
  expect(concat(0)([x])).type.toBe<Tensor<readonly ['batch', 3], 'f32'>>()
})

test('parts that differ elsewhere, named axes and missing ones are refused with a sentence', () => {
  expect(concat(0)).type.not.toBeCallableWith([x, x])
  expect(concat(1)).type.not.toBeCallableWith([x, short])
  expect(concat(2)).type.not.toBeCallableWith([x, y])
  expect(concat(0)).type.not.toBeCallableWith([])
  expect<ConcatCheck<readonly [readonly [2, 3], readonly [4, 3]], 1>>().type.toBe<
    ShapeError<'concat: [2, 3] and [4, 3] differ beside axis 1'>
  >()
  expect<ConcatCheck<readonly [readonly ['batch', 3], readonly ['batch', 3]], 0>>().type.toBe<
    ShapeError<'concat: axis batch has a name and no size to add'>
  >()
})
