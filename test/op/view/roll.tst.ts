import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { roll } from '../../../src/op/view/roll.js'
import type { RollCheck } from '../../../src/shape/roll.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const x = inputTensor('x', ['batch', 3, 4], 'i24')

test('the shape stays', () => {
  expect(pipe(x, roll([1, -2], [0, -1]))).type.toBe<Tensor<readonly ['batch', 3, 4], 'i24'>>()
})

test('a shift for each of distinct axes, or a sentence', () => {
  expect(roll([1], [3])).type.not.toBeCallableWith(x)
  expect(roll([1, 1], [2, -1])).type.not.toBeCallableWith(x)
  expect<RollCheck<readonly [2, 3], readonly [1], readonly [0, 1]>>().type.toBe<
    ShapeError<'roll: 1 shifts for 2 axes'>
  >()
  expect<RollCheck<readonly [2, 3], readonly [1], readonly [2]>>().type.toBe<
    ShapeError<'roll: axes [2] are not distinct axes of [2, 3]'>
  >()
})
