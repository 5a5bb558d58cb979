import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { einsum } from '../../../src/op/linear/contract.js'
import type { EinsumCheck } from '../../../src/shape/einsum-types.js'

const x = inputTensor('x', ['batch', 5, 16], 'f32')
const y = inputTensor('y', ['batch', 16, 7], 'f32')

test('the result is read from the pattern', () => {
  expect(pipe(x, einsum('bij,bjk->bik')(y))).type.toBe<Tensor<readonly ['batch', 5, 7], 'f32'>>()
  expect(pipe(x, einsum('bij,bjk->ki')(y))).type.toBe<Tensor<readonly [7, 5], 'f32'>>()
  expect(pipe(x, einsum('bij,bij->')(x))).type.toBe<Tensor<readonly [], 'f32'>>()
  expect(
    pipe(
      inputTensor('n', [3] as readonly [number], 'f32'),
      einsum('i,ij->j')(inputTensor('m', [4, 2], 'f32')),
    ),
  ).type.toBe<Tensor<readonly [2], 'f32'>>()
  expect(
    pipe(
      inputTensor('n', [3] as readonly [number], 'f32'),
      einsum('i,ij->i')(inputTensor('m', [4, 2], 'f32')),
    ),
  ).type.toBe<Tensor<readonly [4], 'f32'>>()
})

test('a repeated letter is a diagonal, dots are the axes without a letter, a missing result is made up', () => {
  const square = inputTensor('square', [4, 'batch', 4], 'f32')
  expect(einsum('ibi,bij->bj')(y)).type.not.toBeCallableWith(square)
  expect(pipe(square, einsum('ibi,bk->ki')(inputTensor('z', ['batch', 3], 'f32')))).type.toBe<
    Tensor<readonly [3, 4], 'f32'>
  >()
  expect(pipe(x, einsum('...ij,...jk->...ik')(y))).type.toBe<Tensor<readonly ['batch', 5, 7], 'f32'>>()
  expect(pipe(x, einsum('...j,kj->k...')(inputTensor('w', [3, 16], 'f32')))).type.toBe<
    Tensor<readonly [3, 'batch', 5], 'f32'>
  >()
  expect(pipe(x, einsum('bij,bjk')(y))).type.toBe<Tensor<readonly [5, 7], 'f32'>>()
  expect(pipe(x, einsum('...zj,...ja')(y))).type.toBe<Tensor<readonly ['batch', 7, 5], 'f32'>>()
  expect(
    pipe(
      inputTensor('open', [5, 16] as Shape, 'f32'),
      einsum('...j,jk->...k')(inputTensor('w', [16, 3], 'f32')),
    ),
  ).type.toBe<Tensor<Shape, 'f32'>>()
})

test('sizes and letters that clash are refused with a sentence', () => {
  expect(einsum('bij,bkj->bik')(y)).type.not.toBeCallableWith(x)
  expect(einsum('ij,bjk->bik')(y)).type.not.toBeCallableWith(x)
  expect<EinsumCheck<'ij,jk->ik', readonly [2, 3], readonly [4, 5]>>().type.toBe<
    ShapeError<'einsum: letter j is both 3 and 4'>
  >()
  expect<EinsumCheck<'ij,jk->ik', readonly [2, 'time'], readonly [4, 5]>>().type.toBe<
    ShapeError<'einsum: letter j is both time and 4'>
  >()
  expect<EinsumCheck<'ij,j->i', readonly [2], readonly [2]>>().type.toBe<
    ShapeError<"einsum: 'ij' names 2 axes, its operand has 1">
  >()
  expect<EinsumCheck<'i,i->k', readonly [2], readonly [2]>>().type.toBe<
    ShapeError<'einsum: letter k stands in the result alone'>
  >()
  expect<EinsumCheck<'ij,j->ii', readonly [2, 2], readonly [2]>>().type.toBe<
    ShapeError<'einsum: letter i stands twice in the result'>
  >()
  expect<EinsumCheck<'ii,i->i', readonly [2, 3], readonly [2]>>().type.toBe<
    ShapeError<'einsum: letter i is both 2 and 3'>
  >()
  expect<EinsumCheck<'...ij,jk', readonly [2], readonly [2, 2]>>().type.toBe<
    ShapeError<"einsum: '...ij' names at least 2 axes, its operand has 1">
  >()
  expect<EinsumCheck<'...i,...i->...', readonly [2, 5, 4], readonly [3, 5, 4]>>().type.toBe<
    ShapeError<"einsum: axis -2 of '...' is both 2 and 3">
  >()
  expect<EinsumCheck<'...i,i->i', readonly [2, 4], readonly [4]>>().type.toBe<
    ShapeError<"einsum: '...' is missing from the result">
  >()
  expect<EinsumCheck<'i,i->...i', readonly [4], readonly [4]>>().type.toBe<
    ShapeError<"einsum: '...' stands in the result alone">
  >()
  expect<EinsumCheck<'ij', readonly [2, 2], readonly [2]>>().type.toBe<
    ShapeError<"einsum: 'ij' is not a pattern such as 'bij,bjk->bik'">
  >()
})
