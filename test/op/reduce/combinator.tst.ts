import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { max } from '../../../src/op/reduce/max.js'
import { mean } from '../../../src/op/reduce/mean.js'
import { sum } from '../../../src/op/reduce/sum.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { ReduceCheck, ReduceShape } from '../../../src/shape/reduce.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const x = inputTensor('x', ['batch', 3, 4], 'f32')
const open = inputTensor('open', [3] as Shape, 'f32')
declare const someAxes: readonly number[]
declare const someAxis: number
declare const keep: boolean

test('given axes, from either end', () => {
  expect(pipe(x, sum([1]))).type.toBe<Tensor<readonly ['batch', 4], 'f32'>>()
  expect(pipe(x, mean([-1]))).type.toBe<Tensor<readonly ['batch', 3], 'f32'>>()
  expect(pipe(x, max([0, -1]))).type.toBe<Tensor<readonly [3], 'f32'>>()
  expect(pipe(x, sum([]))).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
})

test('all axes', () => {
  expect(pipe(x, sum())).type.toBe<Tensor<readonly [], 'f32'>>()
  expect(pipe(x, mean('all'))).type.toBe<Tensor<readonly [], 'f32'>>()
  expect(pipe(x, max('all', { keepDims: true }))).type.toBe<Tensor<readonly [1, 1, 1], 'f32'>>()
  expect(pipe(open, sum())).type.toBe<Tensor<readonly [], 'f32'>>()
})

test('kept axes have size 1', () => {
  expect(pipe(x, sum([1], { keepDims: true }))).type.toBe<Tensor<readonly ['batch', 1, 4], 'f32'>>()
  expect(pipe(x, mean([-3, 2], { keepDims: true }))).type.toBe<Tensor<readonly [1, 3, 1], 'f32'>>()
  expect(pipe(x, mean([1], { keepDims: false }))).type.toBe<Tensor<readonly ['batch', 4], 'f32'>>()
})

test('what is not known is left to the run-time rule', () => {
  expect(pipe(x, sum(someAxes))).type.toBe<Tensor<Shape, 'f32'>>()
  expect(pipe(x, sum([someAxis]))).type.toBe<Tensor<Shape, 'f32'>>()
  expect(pipe(open, max([1]))).type.toBe<Tensor<Shape, 'f32'>>()
  expect(pipe(x, sum([1], { keepDims: keep }))).type.toBe<Tensor<Shape, 'f32'>>()
  expect<ReduceShape<readonly [2, 3], readonly [0 | 1], false>>().type.toBe<Shape>()
})

test('axes that are out of range or named twice are refused with a sentence', () => {
  expect(sum([3])).type.not.toBeCallableWith(x)
  expect(mean([-4])).type.not.toBeCallableWith(x)
  expect(max([1, -2])).type.not.toBeCallableWith(x)
  expect<ReduceCheck<'sum', readonly ['batch', 3], readonly [2]>>().type.toBe<
    ShapeError<'sum: axes [2] are not distinct axes of [batch, 3]'>
  >()
  expect<ReduceCheck<'mean', readonly [2, 3], readonly [0, -2]>>().type.toBe<
    ShapeError<'mean: axes [0, -2] are not distinct axes of [2, 3]'>
  >()
})

test('bools are not reduced by what is of numbers, nor integers summed', () => {
  expect(sum([0])).type.not.toBeCallableWith(inputTensor('i', [3], 'i24'))
  expect(max()).type.not.toBeCallableWith(inputTensor('b', [3], 'bool'))
})
