import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import { einsum } from '../../../src/op/linear/contract.js'
import type { EinsumCheck } from '../../../src/shape/einsum.js'

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
  expect<EinsumCheck<'ii,i->i', readonly [2, 2], readonly [2]>>().type.toBe<
    ShapeError<'einsum: letter i stands twice in one place'>
  >()
  expect<EinsumCheck<'ij', readonly [2, 2], readonly [2]>>().type.toBe<
    ShapeError<"einsum: 'ij' is not a pattern such as 'bij,bjk->bik'">
  >()
})
