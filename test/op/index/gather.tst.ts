import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { gather } from '../../../src/op/index/gather.js'
import type { GatherCheck } from '../../../src/shape/gather.js'

const x = inputTensor('x', [10, 4], 'f32')
const indices = inputTensor('indices', ['batch', 2], 'i24')

test('the axis is replaced by the axes of the indices', () => {
  expect(pipe(x, gather(indices, 0))).type.toBe<Tensor<readonly ['batch', 2, 4], 'f32'>>()
  expect(pipe(x, gather(indices, -1))).type.toBe<Tensor<readonly [10, 'batch', 2], 'f32'>>()
  expect(pipe(inputTensor('n', [9] as readonly [number], 'bool'), gather(indices, 0))).type.toBe<
    Tensor<readonly ['batch', 2], 'bool'>
  >()
})

test('a list puts an axis of its length in the place of the axis', () => {
  expect(pipe(x, gather([0, -1, 3], 0))).type.toBe<Tensor<readonly [3, 4], 'f32'>>()
  expect(pipe(x, gather([2] as readonly number[], 1))).type.toBe<Tensor<readonly [10, number], 'f32'>>()
})

test('indices of another dtype and missing axes are refused', () => {
  expect(gather).type.not.toBeCallableWith(x, 0)
  expect(gather(indices, 2)).type.not.toBeCallableWith(x)
  expect<GatherCheck<readonly [10, 4], 2>>().type.toBe<ShapeError<'gather: [10, 4] has no axis 2'>>()
})
