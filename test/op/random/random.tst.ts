import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { bernoulli } from '../../../src/op/random/bernoulli.js'
import { foldInStep } from '../../../src/op/random/fold-in-step.js'
import { foldIn } from '../../../src/op/random/fold-in.js'
import { keyAt } from '../../../src/op/random/key-at.js'
import type { Key } from '../../../src/op/random/key.js'
import { keyFromSeed } from '../../../src/op/random/key.js'
import { normal } from '../../../src/op/random/normal.js'
import { randomBits } from '../../../src/op/random/random-bits.js'
import { split } from '../../../src/op/random/split.js'
import { uniform } from '../../../src/op/random/uniform.js'

declare const key: Key
declare const step: Tensor<readonly [], 'i24'>

test('draws have the shape asked for', () => {
  expect(pipe(key, uniform(['batch', 3]))).type.toBe<Tensor<readonly ['batch', 3], 'f32'>>()
  expect(pipe(key, normal([]))).type.toBe<Tensor<readonly [], 'f32'>>()
  expect(pipe(key, randomBits([2]))).type.toBe<Tensor<readonly [2], 'i24'>>()
  expect(pipe(key, bernoulli([2, 3], 0.5))).type.toBe<Tensor<readonly [2, 3], 'bool'>>()
})

test('keys come from seeds, from keys, and from steps', () => {
  expect(keyFromSeed(3)).type.toBe<Key>()
  expect(pipe(key, foldIn(7))).type.toBe<Key>()
  expect(pipe(key, foldInStep(step))).type.toBe<Key>()
  expect(pipe(key, split(3))).type.toBe<Tensor<readonly [3, 4], 'i24'>>()
  expect(pipe(key, split(3), keyAt(2))).type.toBe<Key>()
})

test('what is no key is refused', () => {
  expect(uniform([2])).type.not.toBeCallableWith({} as Tensor<readonly [4], 'f32'>)
  expect(normal([2])).type.not.toBeCallableWith({} as Tensor<readonly [3], 'i24'>)
  expect(randomBits([2])).type.not.toBeCallableWith({} as Tensor<readonly [2, 4], 'i24'>)
  expect(bernoulli([2], 0.5)).type.not.toBeCallableWith(3)
  expect(split(2)).type.not.toBeCallableWith(step)
  expect(foldIn(2)).type.not.toBeCallableWith(step)
  expect(keyAt(0)).type.not.toBeCallableWith(key)
  expect(foldInStep).type.not.toBeCallableWith({} as Tensor<readonly [], 'f32'>)
  expect(keyFromSeed).type.not.toBeCallableWith('3')
})
