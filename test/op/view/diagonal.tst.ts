import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { diagonalMatrix } from '../../../src/op/view/diagonal-matrix.js'
import { diagonal } from '../../../src/op/view/diagonal.js'
import type { DiagonalCheck, DiagonalMatrixCheck } from '../../../src/shape/diagonal.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const x = inputTensor('x', ['batch', 3, 5], 'f32')

test('two axes give way to their diagonal', () => {
  expect(pipe(x, diagonal())).type.toBe<Tensor<readonly ['batch', 3], 'f32'>>()
  expect(pipe(x, diagonal({ offset: 3 }))).type.toBe<Tensor<readonly ['batch', 2], 'f32'>>()
  expect(pipe(x, diagonal({ offset: -4 }))).type.toBe<Tensor<readonly ['batch', 0], 'f32'>>()
  expect(pipe(inputTensor('y', [4, 2, 3], 'bool'), diagonal({ offset: -1, axes: [0, 2] }))).type.toBe<
    Tensor<readonly [2, 3], 'bool'>
  >()
  expect(pipe(inputTensor('s', ['t', 't'], 'f32'), diagonal())).type.toBe<Tensor<readonly ['t'], 'f32'>>()
})

test('axes without a known diagonal are refused with a sentence', () => {
  expect(diagonal({ axes: [0, 1] })).type.not.toBeCallableWith(x)
  expect(diagonal({ axes: [1, 3] })).type.not.toBeCallableWith(x)
  expect<DiagonalCheck<readonly ['t', 4], 1, readonly [0, 1]>>().type.toBe<
    ShapeError<'diagonal: axes t and 4 have no known diagonal 1'>
  >()
})

test('the last axis lies on a diagonal of a square matrix', () => {
  expect(pipe(inputTensor('v', ['batch', 4], 'f32'), diagonalMatrix())).type.toBe<
    Tensor<readonly ['batch', 4, 4], 'f32'>
  >()
  expect(pipe(inputTensor('v', [4], 'f32'), diagonalMatrix(-2))).type.toBe<Tensor<readonly [6, 6], 'f32'>>()
})

test('a name goes on the main diagonal only', () => {
  expect(diagonalMatrix(1)).type.not.toBeCallableWith(inputTensor('v', ['time'], 'f32'))
  expect<DiagonalMatrixCheck<readonly [], 0>>().type.toBe<
    ShapeError<'diagonalMatrix: a scalar has no last axis'>
  >()
})
