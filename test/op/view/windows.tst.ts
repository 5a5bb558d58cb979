import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { windows } from '../../../src/op/view/windows.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import type { WindowsCheck } from '../../../src/shape/windows.js'

const x = inputTensor('x', ['batch', 9, 4], 'f32')

test('windows take the place of the axis, their elements come last', () => {
  expect(pipe(x, windows(3, 1))).type.toBe<Tensor<readonly ['batch', 7, 4, 3], 'f32'>>()
  expect(pipe(x, windows(4, -2, 2))).type.toBe<Tensor<readonly ['batch', 3, 4, 4], 'f32'>>()
  expect(pipe(x, windows(9, 1, 5))).type.toBe<Tensor<readonly ['batch', 1, 4, 9], 'f32'>>()
})

test('a window that does not fit is refused with a sentence', () => {
  expect(windows(10, 1)).type.not.toBeCallableWith(x)
  expect(windows(1, 0)).type.not.toBeCallableWith(x)
  expect(windows(1, 3)).type.not.toBeCallableWith(x)
  expect<WindowsCheck<readonly [2, 4], 5, 1>>().type.toBe<
    ShapeError<'windows: 5 elements do not fit into axis 1 of [2, 4]'>
  >()
})
