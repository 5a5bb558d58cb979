import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { averagePool } from '../../../src/op/linear/average-pool.js'
import { maxPool } from '../../../src/op/linear/max-pool.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { PoolCheck } from '../../../src/shape/pool.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const image = inputTensor('image', ['batch', 28, 27, 4], 'f32')

test('spatial sizes follow from window, stride and padding', () => {
  expect(pipe(image, maxPool({ window: [2, 2] }))).type.toBe<Tensor<readonly ['batch', 14, 13, 4], 'f32'>>()
  expect(pipe(image, averagePool({ window: [3, 3], stride: 2, padding: 'same' }))).type.toBe<
    Tensor<readonly ['batch', 14, 14, 4], 'f32'>
  >()
  expect(pipe(image, averagePool({ window: [5], stride: 1, padding: [[1, 0]] }))).type.toBe<
    Tensor<readonly ['batch', 28, 24, 4], 'f32'>
  >()
  expect(pipe(inputTensor('x', [4] as Shape, 'f32'), maxPool({ window: [2] }))).type.toBe<
    Tensor<Shape, 'f32'>
  >()
})

test('windows and lists that do not fit are refused with a sentence', () => {
  expect(maxPool({ window: [30, 1] })).type.not.toBeCallableWith(image)
  expect(averagePool({ window: [2, 2, 2, 2] })).type.not.toBeCallableWith(image)
  expect(maxPool({ window: [2, 2] })).type.not.toBeCallableWith(inputTensor('x', [4, 4, 1], 'i24'))
  expect<PoolCheck<'maxPool', readonly [7, 3], readonly [9], 1, 'valid'>>().type.toBe<
    ShapeError<'maxPool: a window of 9 does not fit into the padded axis'>
  >()
  expect<PoolCheck<'averagePool', readonly [7, 3], readonly [2, 2], 1, 'valid'>>().type.toBe<
    ShapeError<'averagePool: a window over 2 axes, x has 1 before its channels'>
  >()
  expect<PoolCheck<'maxPool', readonly [7, 3], readonly [2], readonly [1, 1], 'valid'>>().type.toBe<
    ShapeError<'maxPool: 2 strides for a window over 1 axes'>
  >()
  expect<
    PoolCheck<'maxPool', readonly [7, 3], readonly [2], 1, readonly [readonly [1, 0], readonly [0, 0]]>
  >().type.toBe<ShapeError<'maxPool: 2 pairs of padding for a window over 1 axes'>>()
})
