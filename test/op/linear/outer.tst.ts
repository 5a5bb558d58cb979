import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { outer } from '../../../src/op/linear/outer.js'
import type { OuterCheck } from '../../../src/shape/outer.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const x = inputTensor('x', ['batch', 3], 'f32')
const row = inputTensor('row', [5], 'f32')

test('the last axis of the second operand is appended', () => {
  expect(pipe(x, outer(row))).type.toBe<Tensor<readonly ['batch', 3, 5], 'f32'>>()
  expect(pipe(x, outer(inputTensor('y', ['batch', 4], 'f32')))).type.toBe<
    Tensor<readonly ['batch', 3, 4], 'f32'>
  >()
})

test('leading axes that differ are refused with a sentence', () => {
  expect(outer(x)).type.not.toBeCallableWith(row)
  expect<OuterCheck<readonly [2, 3], readonly [4, 3]>>().type.toBe<
    ShapeError<'outer: leading axes 2 and 4 differ'>
  >()
  expect<OuterCheck<readonly [3], readonly [4, 3]>>().type.toBe<
    ShapeError<'outer: ranks 1 and 2 differ, and the second is not one vector'>
  >()
  expect<OuterCheck<readonly [], readonly [3]>>().type.toBe<
    ShapeError<'outer: the first operand is a scalar'>
  >()
})
