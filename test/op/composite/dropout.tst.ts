import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { dropout } from '../../../src/op/composite/dropout.js'
import type { Key } from '../../../src/op/random/key.js'

declare const key: Key
declare const x: Tensor<readonly ['batch', 28, 3], 'f32'>

test('dropout keeps the shape', () => {
  expect(pipe(x, dropout(key, 0.1))).type.toBe<typeof x>()
  expect(pipe(x, dropout(key, 0.1, { shared: [1, -1] }))).type.toBe<typeof x>()
})

test('axes that are none, other dtypes and what is no key are refused', () => {
  expect(dropout(key, 0.1, { shared: [3] })).type.not.toBeCallableWith(x)
  expect(dropout(key, 0.1)).type.not.toBeCallableWith(key)
  expect(dropout).type.not.toBeCallableWith(x, 0.1)
})
