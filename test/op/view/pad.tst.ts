import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { pad } from '../../../src/op/view/pad.js'
import type { PadCheck } from '../../../src/shape/pad.js'

const x = inputTensor('x', ['batch', 8], 'f32')

test('sizes grow and shrink', () => {
  expect(
    pipe(
      x,
      pad([
        [0, 0],
        [1, 2],
      ]),
    ),
  ).type.toBe<Tensor<readonly ['batch', 11], 'f32'>>()
  expect(
    pipe(
      x,
      pad(
        [
          [0, 0],
          [-3, 1],
        ],
        7,
      ),
    ),
  ).type.toBe<Tensor<readonly ['batch', 6], 'f32'>>()
  expect(pipe(inputTensor('n', [9] as readonly [number], 'f32'), pad([[1, 1]]))).type.toBe<
    Tensor<readonly [number], 'f32'>
  >()
})

test('named axes, negative sizes and missing pairs are refused with a sentence', () => {
  expect(
    pad([
      [1, 0],
      [0, 0],
    ]),
  ).type.not.toBeCallableWith(x)
  expect(
    pad([
      [0, 0],
      [-5, -4],
    ]),
  ).type.not.toBeCallableWith(x)
  expect(pad([[0, 0]])).type.not.toBeCallableWith(x)
  expect(
    pad([
      [0, 0],
      [0, 0],
      [0, 0],
    ]),
  ).type.not.toBeCallableWith(x)
  expect<PadCheck<readonly ['batch'], readonly [readonly [1, 0]]>>().type.toBe<
    ShapeError<'pad: axis batch does not take 1 before and 0 after'>
  >()
})
