import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { depthToSpace } from '../../../src/op/view/depth-to-space.js'
import { spaceToDepth } from '../../../src/op/view/space-to-depth.js'
import type { DepthCheck, SpaceCheck } from '../../../src/shape/blocks.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const images = inputTensor('images', ['batch', 28, 30, 3], 'f32')
const patches = inputTensor('patches', ['batch', 7, 6, 60], 'f32')

test('blocks become channels and channels blocks', () => {
  expect(pipe(images, spaceToDepth([4, 5]))).type.toBe<Tensor<readonly ['batch', 7, 6, 60], 'f32'>>()
  expect(pipe(patches, depthToSpace([4, 5]))).type.toBe<Tensor<readonly ['batch', 28, 30, 3], 'f32'>>()
  expect(pipe(images, spaceToDepth([2]))).type.toBe<Tensor<readonly ['batch', 28, 15, 6], 'f32'>>()
})

test('blocks that do not divide are refused with a sentence', () => {
  expect(spaceToDepth([4, 4])).type.not.toBeCallableWith(images)
  expect(spaceToDepth([1, 2, 2])).type.not.toBeCallableWith(images)
  expect(depthToSpace([7, 5])).type.not.toBeCallableWith(patches)
  expect<SpaceCheck<readonly [28, 3], readonly [5]>>().type.toBe<
    ShapeError<'spaceToDepth: blocks of 5 do not divide axis 28'>
  >()
  expect<DepthCheck<readonly [2, 2, 6], readonly [2, 2]>>().type.toBe<
    ShapeError<'depthToSpace: blocks [2, 2] do not divide 6 channels'>
  >()
})
