import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { attention } from '../../../src/op/composite/attention.js'
import type { BatchNormalised } from '../../../src/op/composite/batch-norm.js'
import { batchNorm } from '../../../src/op/composite/batch-norm.js'
import { binaryCrossEntropy } from '../../../src/op/composite/binary-cross-entropy.js'
import { groupNorm } from '../../../src/op/composite/group-norm.js'
import { meanSquaredError } from '../../../src/op/composite/mean-squared-error.js'
import { multiHeadAttention } from '../../../src/op/composite/multi-head-attention.js'
import { rmsNorm } from '../../../src/op/composite/rms-norm.js'
import type { HeadsCheck } from '../../../src/shape/attention.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { GroupsCheck } from '../../../src/shape/groups.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

type F<S extends Shape> = Tensor<S, 'f32'>
declare const x: F<readonly ['batch', 5, 16]>
declare const channels: F<readonly [16]>
declare const others: F<readonly [5]>

test('normalisations keep the shape and want one number for each channel', () => {
  expect(pipe(x, rmsNorm(channels))).type.toBe<F<readonly ['batch', 5, 16]>>()
  expect(pipe(x, groupNorm(4, channels, channels))).type.toBe<F<readonly ['batch', 5, 16]>>()
  expect(pipe(x, batchNorm(channels, channels))).type.toBe<BatchNormalised<readonly ['batch', 5, 16], 16>>()
  expect(rmsNorm(others)).type.not.toBeCallableWith(x)
  expect(batchNorm(others, others)).type.not.toBeCallableWith(x)
  expect(groupNorm(5, channels, channels)).type.not.toBeCallableWith(x)
  expect(groupNorm).type.not.toBeCallableWith(4, channels, others)
  expect<GroupsCheck<'groupNorm', 16, 5>>().type.toBe<
    ShapeError<'groupNorm: 5 groups do not divide 16 channels'>
  >()
})

test('meanSquaredError wants one shape and gives one number', () => {
  expect(pipe(x, meanSquaredError(x))).type.toBe<F<readonly []>>()
  expect(meanSquaredError({} as F<readonly ['batch', 1, 16]>)).type.not.toBeCallableWith(x)
  expect(meanSquaredError(channels)).type.not.toBeCallableWith(x)
  expect(pipe(x, binaryCrossEntropy(x))).type.toBe<F<readonly ['batch', 5, 16]>>()
  expect(binaryCrossEntropy(channels)).type.not.toBeCallableWith(x)
  expect(binaryCrossEntropy).type.not.toBeCallableWith({} as Tensor<readonly [2], 'bool'>)
})

test('attention takes a mask of bools, and heads that divide the width', () => {
  const mask = {} as Tensor<readonly [5, 5], 'bool'>
  expect(pipe(x, attention(x, x, { mask }))).type.toBe<F<readonly ['batch', 5, 16]>>()
  expect(pipe(x, multiHeadAttention(4, x, x, { mask }))).type.toBe<F<readonly ['batch', 5, 16]>>()
  expect(attention).type.not.toBeCallableWith(x, x, { mask: {} as F<readonly [5, 5]> })
  expect(multiHeadAttention(3, x, x)).type.not.toBeCallableWith(x)
  expect<HeadsCheck<3, readonly [5, 16], readonly [5, 16], readonly [5, 16]>>().type.toBe<
    ShapeError<'multiHeadAttention: 3 heads do not divide 16 channels'>
  >()
})
