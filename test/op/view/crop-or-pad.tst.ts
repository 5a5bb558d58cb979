import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { cropOrPad } from '../../../src/op/view/crop-or-pad.js'
import type { CropOrPadCheck } from '../../../src/shape/crop-or-pad.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

declare const rows: Tensor<readonly ['batch', 28], 'f32'>
declare const labels: Tensor<readonly [7], 'i24'>
declare const anything: Tensor<Shape, 'f32'>

describe('cropOrPad', () => {
  test('has the shape asked for and keeps the dtype', () => {
    expect(pipe(rows, cropOrPad(['batch', 32]))).type.toBe<Tensor<readonly ['batch', 32], 'f32'>>()
    expect(pipe(labels, cropOrPad(['n']))).type.toBe<Tensor<readonly ['n'], 'i24'>>()
    expect(pipe(anything, cropOrPad([3]))).type.toBe<Tensor<readonly [3], 'f32'>>()
  })

  test('refuses another rank', () => {
    expect(cropOrPad([3])).type.not.toBeCallableWith(rows)
    expect<CropOrPadCheck<readonly ['batch', 28], readonly [3]>>().type.toBe<
      ShapeError<'cropOrPad: [batch, 28] and [3] differ in rank'>
    >()
  })
})
