import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { all } from '../../../src/op/reduce/all.js'
import { any } from '../../../src/op/reduce/any.js'
import { argmax } from '../../../src/op/reduce/argmax.js'
import { argmin } from '../../../src/op/reduce/argmin.js'
import { cumprod } from '../../../src/op/reduce/cumprod.js'
import { cumsum } from '../../../src/op/reduce/cumsum.js'
import { logSumExp } from '../../../src/op/reduce/log-sum-exp.js'
import { max } from '../../../src/op/reduce/max.js'
import { min } from '../../../src/op/reduce/min.js'
import { norm } from '../../../src/op/reduce/norm.js'
import { prod } from '../../../src/op/reduce/prod.js'
import { standardDeviation, variance } from '../../../src/op/reduce/variance.js'
import type { AxisCheck } from '../../../src/shape/gather.js'
import type { ReduceCheck } from '../../../src/shape/reduce.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const x = inputTensor('x', ['batch', 3, 4], 'f32')
const places = inputTensor('places', ['batch', 3], 'i24')
const flags = inputTensor('flags', ['batch', 3], 'bool')

test('of numbers', () => {
  expect(pipe(x, min([-1]))).type.toBe<Tensor<readonly ['batch', 3], 'f32'>>()
  expect(pipe(x, prod([1], { keepDims: true }))).type.toBe<Tensor<readonly ['batch', 1, 4], 'f32'>>()
  expect(pipe(x, logSumExp())).type.toBe<Tensor<readonly [], 'f32'>>()
  expect(pipe(x, norm([-1], { p: 1 }))).type.toBe<Tensor<readonly ['batch', 3], 'f32'>>()
  expect(pipe(x, variance([1, 2], { correction: 1 }))).type.toBe<Tensor<readonly ['batch'], 'f32'>>()
  expect(pipe(x, standardDeviation([0], { keepDims: true }))).type.toBe<Tensor<readonly [1, 3, 4], 'f32'>>()
})

test('integers and bools stay what they are', () => {
  expect(pipe(places, max([1]))).type.toBe<Tensor<readonly ['batch'], 'i24'>>()
  expect(pipe(places, min())).type.toBe<Tensor<readonly [], 'i24'>>()
  expect(pipe(flags, any([-1]))).type.toBe<Tensor<readonly ['batch'], 'bool'>>()
  expect(pipe(flags, all([0], { keepDims: true }))).type.toBe<Tensor<readonly [1, 3], 'bool'>>()
})

test('positions are integers', () => {
  expect(pipe(x, argmax(-1))).type.toBe<Tensor<readonly ['batch', 3], 'i24'>>()
  expect(pipe(places, argmin(1, { keepDims: true }))).type.toBe<Tensor<readonly ['batch', 1], 'i24'>>()
})

test('cumulative ones keep the shape', () => {
  expect(pipe(x, cumsum(-1, { exclusive: true }))).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
  expect(pipe(x, cumprod(0, { reverse: true }))).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
})

test('axes that are not there are refused with a sentence', () => {
  expect(min([3])).type.not.toBeCallableWith(x)
  expect(prod([0, -3])).type.not.toBeCallableWith(x)
  expect(any([2])).type.not.toBeCallableWith(flags)
  expect(all([-3])).type.not.toBeCallableWith(flags)
  expect(argmax(3)).type.not.toBeCallableWith(x)
  expect(argmin(-4)).type.not.toBeCallableWith(x)
  expect(logSumExp([3])).type.not.toBeCallableWith(x)
  expect(variance([1, 1])).type.not.toBeCallableWith(x)
  expect(standardDeviation([5])).type.not.toBeCallableWith(x)
  expect(norm([3])).type.not.toBeCallableWith(x)
  expect(cumsum(3)).type.not.toBeCallableWith(x)
  expect(cumprod(-4)).type.not.toBeCallableWith(x)
  expect<ReduceCheck<'argmax', readonly ['batch', 3], readonly [2]>>().type.toBe<
    ShapeError<'argmax: axes [2] are not distinct axes of [batch, 3]'>
  >()
  expect<AxisCheck<'cumsum', readonly ['batch', 3], 2>>().type.toBe<
    ShapeError<'cumsum: [batch, 3] has no axis 2'>
  >()
})

test('dtypes that an op has no meaning for are refused', () => {
  expect(prod([0])).type.not.toBeCallableWith(places)
  expect(min([0])).type.not.toBeCallableWith(flags)
  expect(any([0])).type.not.toBeCallableWith(x)
  expect(all([0])).type.not.toBeCallableWith(places)
  expect(argmax(0)).type.not.toBeCallableWith(flags)
  expect(cumsum(0)).type.not.toBeCallableWith(places)
  expect(norm()).type.not.toBeCallableWith(places)
})
