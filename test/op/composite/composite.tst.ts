import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { attention } from '../../../src/op/composite/attention.js'
import { crossEntropy } from '../../../src/op/composite/cross-entropy.js'
import { layerNorm } from '../../../src/op/composite/layer-norm.js'
import { logSoftmax } from '../../../src/op/composite/log-softmax.js'
import { softmax } from '../../../src/op/composite/softmax.js'
import type { AttentionCheck } from '../../../src/shape/attention.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { ChannelsCheck, LabelsCheck } from '../../../src/shape/last-axis.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

declare const x: Tensor<readonly ['batch', 5, 16], 'f32'>
declare const anything: Tensor<Shape, 'f32'>
type F<S extends Shape> = Tensor<S, 'f32'>

test('softmax and logSoftmax keep the shape', () => {
  expect(pipe(x, softmax(-1))).type.toBe<F<readonly ['batch', 5, 16]>>()
  expect(pipe(x, logSoftmax(1))).type.toBe<F<readonly ['batch', 5, 16]>>()
  expect(pipe(anything, softmax(7))).type.toBe<F<Shape>>()
  expect(softmax(3)).type.not.toBeCallableWith(x)
  expect(softmax(-4)).type.not.toBeCallableWith(x)
  expect(logSoftmax(3)).type.not.toBeCallableWith(x)
  expect(logSoftmax(0)).type.not.toBeCallableWith({} as Tensor<readonly [3], 'i24'>)
})

test('layerNorm wants one number for each channel', () => {
  const channels = {} as F<readonly [16]>
  expect(pipe(x, layerNorm(channels, channels))).type.toBe<F<readonly ['batch', 5, 16]>>()
  expect(pipe(anything, layerNorm(channels, channels, { epsilon: 1e-5 }))).type.toBe<F<Shape>>()
  expect(layerNorm({} as F<readonly [5]>, {} as F<readonly [5]>)).type.not.toBeCallableWith(x)
  expect(layerNorm).type.not.toBeCallableWith(channels, {} as F<readonly [5]>)
  expect<ChannelsCheck<'layerNorm', readonly [2, 16], 5>>().type.toBe<
    ShapeError<'layerNorm: the last axis has 16 channels, scale and shift 5'>
  >()
})

test('attention takes as many keys as values, as wide as queries', () => {
  const k = {} as F<readonly ['batch', 7, 16]>
  const v = {} as F<readonly ['batch', 7, 8]>
  expect(pipe(x, attention(k, v))).type.toBe<F<readonly ['batch', 5, 8]>>()
  expect(pipe(x, attention(k, v, { scale: 1, bias: {} as F<readonly [5, 7]> }))).type.toBe<
    F<readonly ['batch', 5, 8]>
  >()
  expect(attention({} as F<readonly ['batch', 7, 15]>, v)).type.not.toBeCallableWith(x)
  expect(attention({} as F<readonly ['batch', 6, 16]>, v)).type.not.toBeCallableWith(x)
  expect(attention({} as F<readonly [2, 7, 16]>, {} as F<readonly [2, 7, 8]>)).type.not.toBeCallableWith(x)
  expect<AttentionCheck<readonly [5, 16], readonly [7, 15], readonly [7, 8]>>().type.toBe<
    ShapeError<'attention: queries of 16 and keys of 15 numbers'>
  >()
})

test('crossEntropy gives each label its loss', () => {
  const labels = {} as Tensor<readonly ['batch', 5], 'i24'>
  expect(pipe(x, crossEntropy(labels, { smoothing: 0.1 }))).type.toBe<F<readonly ['batch', 5]>>()
  expect(crossEntropy({} as Tensor<readonly ['batch'], 'i24'>)).type.not.toBeCallableWith(x)
  expect(crossEntropy({} as Tensor<readonly ['batch', 4], 'i24'>)).type.not.toBeCallableWith(x)
  expect(crossEntropy).type.not.toBeCallableWith({} as F<readonly ['batch', 5]>)
  expect<LabelsCheck<readonly [2, 10], readonly [3]>>().type.toBe<
    ShapeError<'crossEntropy: labels [3] do not go with logits [2, 10]'>
  >()
})
