import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import type { Shape } from '../../../src/shape/dim.js'
import { matmul } from '../../../src/op/linear/contract.js'
import type { MatmulCheck } from '../../../src/shape/matmul.js'

const x = inputTensor('x', ['batch', 5, 16], 'f32')
const w = inputTensor('w', [16, 32], 'f32')
const each = inputTensor('each', ['batch', 16, 7], 'f32')
const wrong = inputTensor('wrong', [17, 32], 'f32')

test('one matrix for all leading axes', () => {
  expect(pipe(x, matmul(w))).type.toBe<Tensor<readonly ['batch', 5, 32], 'f32'>>()
  expect(pipe(inputTensor('row', [16], 'f32'), matmul(w))).type.toBe<Tensor<readonly [32], 'f32'>>()
  expect(pipe(x, matmul(inputTensor('n', [16, 2] as readonly [number, 2], 'f32')))).type.toBe<
    Tensor<readonly ['batch', 5, 2], 'f32'>
  >()
})

test('a matrix for each', () => {
  expect(pipe(x, matmul(each))).type.toBe<Tensor<readonly ['batch', 5, 7], 'f32'>>()
})

test('unknown rank gives unknown rank', () => {
  expect(pipe(inputTensor('open', [16] as Shape, 'f32'), matmul(w))).type.toBe<Tensor<Shape, 'f32'>>()
})

test('axes that differ are refused with a sentence', () => {
  expect(matmul(wrong)).type.not.toBeCallableWith(x)
  expect(matmul(each)).type.not.toBeCallableWith(inputTensor('y', [4, 5, 16], 'f32'))
  expect(matmul(each)).type.not.toBeCallableWith(inputTensor('y', [5, 16], 'f32'))
  expect(matmul(w)).type.not.toBeCallableWith(inputTensor('y', [5, 16], 'i24'))
  expect<MatmulCheck<readonly [2, 16], readonly [17, 3]>>().type.toBe<
    ShapeError<'matmul: inner axes 16 and 17 differ'>
  >()
  expect<MatmulCheck<readonly [2, 3, 16], readonly [4, 16, 3]>>().type.toBe<
    ShapeError<'matmul: leading axes 2 and 4 differ'>
  >()
  expect<MatmulCheck<readonly [16], readonly [4, 16, 3]>>().type.toBe<
    ShapeError<'matmul: ranks 1 and 3 differ, and the second is not one matrix'>
  >()
})

test('sizes of two operands are not merged into a union', () => {
  expect(matmul(inputTensor('b', [5, 4], 'f32'))).type.not.toBeCallableWith(inputTensor('a', [2, 3], 'f32'))
})
