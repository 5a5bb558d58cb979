import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { repeatElements } from '../../../src/op/view/repeat-elements.js'
import { tile } from '../../../src/op/view/tile.js'
import type { RepeatCheck, TileCheck } from '../../../src/shape/repeat.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const x = inputTensor('x', ['batch', 3, 4], 'f32')

test('axes become so many times as long', () => {
  expect(pipe(x, tile([1, 2, 3]))).type.toBe<Tensor<readonly ['batch', 6, 12], 'f32'>>()
  expect(pipe(x, repeatElements(5, -1))).type.toBe<Tensor<readonly ['batch', 3, 20], 'f32'>>()
})

test('names and missing counts are refused with a sentence', () => {
  expect(tile([2, 1, 1])).type.not.toBeCallableWith(x)
  expect(repeatElements(2, 0)).type.not.toBeCallableWith(x)
  expect(repeatElements(2, 3)).type.not.toBeCallableWith(x)
  expect<TileCheck<readonly [2, 3], readonly [2]>>().type.toBe<
    ShapeError<'tile: counts [2] for the axes [2, 3]'>
  >()
  expect<RepeatCheck<readonly ['t'], 2, 0>>().type.toBe<
    ShapeError<'repeatElements: axis t has a name and cannot be repeated 2 times'>
  >()
})
