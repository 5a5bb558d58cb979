import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { broadcastTo } from '../../../src/op/view/broadcast.js'
import type { BroadcastToCheck } from '../../../src/shape/broadcast-to.js'

const x = inputTensor('x', [3, 1], 'f32')

test('axes of size 1 and new ones are repeated', () => {
  expect(pipe(x, broadcastTo(['batch', 3, 4]))).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
  expect(pipe(inputTensor('n', [3] as readonly [number], 'f32'), broadcastTo([2, 5]))).type.toBe<
    Tensor<readonly [2, 5], 'f32'>
  >()
})

test('other sizes are refused with a sentence', () => {
  expect(broadcastTo([4, 1])).type.not.toBeCallableWith(x)
  expect(broadcastTo([1])).type.not.toBeCallableWith(x)
  expect<BroadcastToCheck<readonly [3, 1], readonly [4, 2]>>().type.toBe<
    ShapeError<'broadcastTo: axes 3 and 4 differ, from [3, 1] to [4, 2]'>
  >()
  expect<BroadcastToCheck<readonly ['batch'], readonly ['time']>>().type.toBe<
    ShapeError<'broadcastTo: axes batch and time differ, from [batch] to [time]'>
  >()
})
