import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { iota } from '../../../src/op/leaf/iota.js'

declare const axis: number

test('has the shape and the dtype asked for', () => {
  expect(iota([2, 3], 1)).type.toBe<Tensor<readonly [2, 3], 'f32'>>()
  expect(iota([2, 3], -1, 'i24')).type.toBe<Tensor<readonly [2, 3], 'i24'>>()
  expect(iota([2, 3], axis)).type.toBe<Tensor<readonly [2, 3], 'f32'>>()
})

test('refuses an axis it does not have, and names', () => {
  expect(iota).type.not.toBeCallableWith([2, 3], 2)
  expect(iota).type.not.toBeCallableWith([2, 3], -3)
  expect(iota).type.not.toBeCallableWith(['batch', 3], 1)
})
