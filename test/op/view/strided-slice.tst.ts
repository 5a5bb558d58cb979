import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { pad } from '../../../src/op/view/pad.js'
import { slice } from '../../../src/op/view/slice.js'
import type { PadCheck } from '../../../src/shape/pad.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import type { SliceCheck } from '../../../src/shape/slice.js'

const x = inputTensor('x', ['batch', 8, 5], 'f32')
const loose = inputTensor('n', [9] as readonly [number], 'f32')

test('steps divide a range, upwards', () => {
  expect(pipe(x, slice(['all', [0, 8, 3], [null, null, -1]]))).type.toBe<
    Tensor<readonly ['batch', 3, 5], 'f32'>
  >()
  expect(pipe(x, slice(['all', [6, 1, -2], [4, null, -3]]))).type.toBe<
    Tensor<readonly ['batch', 3, 2], 'f32'>
  >()
  expect(
    pipe(
      x,
      slice([
        [null, null],
        [-3, null],
        [1, -1, 2],
      ]),
    ),
  ).type.toBe<Tensor<readonly ['batch', 3, 2], 'f32'>>()
  expect(pipe(loose, slice([[1, 8, 2]]))).type.toBe<Tensor<readonly [4], 'f32'>>()
  expect(pipe(loose, slice([[null, null, 2]]))).type.toBe<Tensor<readonly [number], 'f32'>>()
})

test('ranges and steps that do not fit are refused with a sentence', () => {
  expect(slice(['all', [0, 9, 2]])).type.not.toBeCallableWith(x)
  expect(slice(['all', [0, 4, -1]])).type.not.toBeCallableWith(x)
  expect(slice(['all', [0, 4, 0]])).type.not.toBeCallableWith(x)
  expect(slice(['all', [-9, 4]])).type.not.toBeCallableWith(x)
  expect(slice([[null, null, -1]])).type.not.toBeCallableWith(x)
  expect<SliceCheck<readonly [2, 4], readonly ['all', readonly [4, null, -2]]>>().type.toBe<
    ShapeError<'slice: range 4 to null by -2 does not lie in axis 4'>
  >()
})

test('a third count pads between elements', () => {
  const spread = pad([
    [0, 0, 0],
    [1, 2, 1],
    [0, -1, 2],
  ])
  expect(pipe(x, spread)).type.toBe<Tensor<readonly ['batch', 18, 12], 'f32'>>()
  expect(pipe(loose, pad([[0, 1, 2]]))).type.toBe<Tensor<readonly [number], 'f32'>>()
})

test('what cannot come between elements is refused with a sentence', () => {
  expect(pad([[0, 0, 1]])).type.not.toBeCallableWith(inputTensor('v', ['time'], 'f32'))
  expect<PadCheck<readonly [4], readonly [readonly [0, 0, -1]]>>().type.toBe<
    ShapeError<'pad: axis 4 does not take 0 before and 0 after and -1 between'>
  >()
})
