import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { triangleMask } from '../../../src/op/view/triangle-mask.js'
import { lowerTriangle, upperTriangle } from '../../../src/op/view/triangle.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import type { TriangleCheck } from '../../../src/shape/triangle.js'

const x = inputTensor('x', ['batch', 3, 4], 'f32')

test('the shape stays', () => {
  expect(pipe(x, lowerTriangle())).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
  expect(pipe(x, upperTriangle(1))).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
  expect(triangleMask(3, 4)).type.toBe<Tensor<readonly [3, 4], 'bool'>>()
})

test('a vector has no triangle', () => {
  expect(lowerTriangle()).type.not.toBeCallableWith(inputTensor('v', [3], 'f32'))
  expect(upperTriangle()).type.not.toBeCallableWith(inputTensor('v', [3], 'f32'))
  expect<TriangleCheck<'upperTriangle', readonly [3]>>().type.toBe<
    ShapeError<'upperTriangle: [3] has no rows and columns'>
  >()
})
