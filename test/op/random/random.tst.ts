import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { bernoulli } from '../../../src/op/random/bernoulli.js'
import { beta } from '../../../src/op/random/beta.js'
import { categorical } from '../../../src/op/random/categorical.js'
import { exponential } from '../../../src/op/random/exponential.js'
import { foldInStep } from '../../../src/op/random/fold-in-step.js'
import { foldIn } from '../../../src/op/random/fold-in.js'
import { gamma } from '../../../src/op/random/gamma.js'
import { gumbel } from '../../../src/op/random/gumbel.js'
import { keyAt } from '../../../src/op/random/key-at.js'
import type { Key } from '../../../src/op/random/key.js'
import { keyFromSeed } from '../../../src/op/random/key.js'
import { normal } from '../../../src/op/random/normal.js'
import { permutation } from '../../../src/op/random/permutation.js'
import { permuted } from '../../../src/op/random/permuted.js'
import { randomBits } from '../../../src/op/random/random-bits.js'
import { randomInteger } from '../../../src/op/random/random-integer.js'
import { split } from '../../../src/op/random/split.js'
import { truncatedNormal } from '../../../src/op/random/truncated-normal.js'
import { uniform } from '../../../src/op/random/uniform.js'

declare const key: Key
declare const images: Tensor<readonly ['batch', 28, 3], 'f32'>
declare const step: Tensor<readonly [], 'i24'>

test('draws have the shape asked for', () => {
  expect(pipe(key, uniform(['batch', 3]))).type.toBe<Tensor<readonly ['batch', 3], 'f32'>>()
  expect(pipe(key, normal([]))).type.toBe<Tensor<readonly [], 'f32'>>()
  expect(pipe(key, randomBits([2]))).type.toBe<Tensor<readonly [2], 'i24'>>()
  expect(pipe(key, bernoulli([2, 3], 0.5))).type.toBe<Tensor<readonly [2, 3], 'bool'>>()
})

test('distributions have the shape asked for, and their own dtype', () => {
  expect(pipe(key, exponential(['batch']))).type.toBe<Tensor<readonly ['batch'], 'f32'>>()
  expect(pipe(key, gumbel([2, 3]))).type.toBe<Tensor<readonly [2, 3], 'f32'>>()
  expect(pipe(key, truncatedNormal([4], -2, 2))).type.toBe<Tensor<readonly [4], 'f32'>>()
  expect(pipe(key, gamma([4], 0.5))).type.toBe<Tensor<readonly [4], 'f32'>>()
  expect(pipe(key, beta([], 0.8, 0.8))).type.toBe<Tensor<readonly [], 'f32'>>()
  expect(pipe(key, randomInteger([5], 0, 10))).type.toBe<Tensor<readonly [5], 'i24'>>()
  expect(pipe(key, permutation(7))).type.toBe<Tensor<readonly [7], 'i24'>>()
  expect(pipe(key, permutation('batch'))).type.toBe<Tensor<readonly ['batch'], 'i24'>>()
})

test('choices among what is there take its shape', () => {
  expect(pipe(images, permuted(key, -2))).type.toBe<Tensor<readonly ['batch', 28, 3], 'f32'>>()
  expect(pipe(images, categorical(key))).type.toBe<Tensor<readonly ['batch', 28], 'i24'>>()
  expect(permuted(key, 3)).type.not.toBeCallableWith(images)
  expect(categorical(key)).type.not.toBeCallableWith(key)
  expect(categorical).type.not.toBeCallableWith(images)
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
  expect(exponential([2])).type.not.toBeCallableWith(images)
  expect(gumbel([2])).type.not.toBeCallableWith(step)
  expect(gamma([2], 1)).type.not.toBeCallableWith(images)
  expect(beta([2], 1, 1)).type.not.toBeCallableWith(step)
  expect(truncatedNormal([2], -1, 1)).type.not.toBeCallableWith(3)
  expect(randomInteger([2], 0, 3)).type.not.toBeCallableWith(step)
  expect(permutation(3)).type.not.toBeCallableWith(images)
  // Parameters are numbers, so that nobody waits for their gradient.
  expect(gamma).type.not.toBeCallableWith([2], {} as Tensor<readonly [], 'f32'>)
  expect(split(2)).type.not.toBeCallableWith(step)
  expect(foldIn(2)).type.not.toBeCallableWith(step)
  expect(keyAt(0)).type.not.toBeCallableWith(key)
  expect(foldInStep).type.not.toBeCallableWith({} as Tensor<readonly [], 'f32'>)
  expect(keyFromSeed).type.not.toBeCallableWith('3')
})
