import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { interpolate } from '../../../src/op/linear/interpolate.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { InterpolateCheck } from '../../../src/shape/interpolate.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const image = inputTensor('image', ['batch', 28, 'time', 4], 'f32')

test('the spatial axes have the sizes given', () => {
  expect(pipe(image, interpolate({ sizes: [14, 'time'], method: 'cubic' }))).type.toBe<
    Tensor<readonly ['batch', 14, 'time', 4], 'f32'>
  >()
  expect(pipe(inputTensor('x', [3, 4], 'f32'), interpolate({ sizes: [7] }))).type.toBe<
    Tensor<readonly [7, 4], 'f32'>
  >()
  expect(pipe(inputTensor('x', [3, 4] as Shape, 'f32'), interpolate({ sizes: [7] }))).type.toBe<
    Tensor<Shape, 'f32'>
  >()
})

test('axes that cannot be resized so are refused with a sentence', () => {
  expect(interpolate({ sizes: [14, 14] })).type.not.toBeCallableWith(image)
  expect(interpolate({ sizes: [14, 14, 14, 14] })).type.not.toBeCallableWith(image)
  expect<InterpolateCheck<readonly ['time', 4], readonly [8]>>().type.toBe<
    ShapeError<'interpolate: axis time cannot become 8, a named axis keeps its name'>
  >()
  expect<InterpolateCheck<readonly [7, 4], readonly [0]>>().type.toBe<
    ShapeError<'interpolate: an axis of 7 cannot become 0'>
  >()
  expect<InterpolateCheck<readonly [7, 4], readonly [3, 3]>>().type.toBe<
    ShapeError<'interpolate: 2 sizes, x has 1 axes before its channels'>
  >()
})
