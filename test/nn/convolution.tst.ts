import { expect, test } from 'tstyche'
import type { Tensor } from '../../src/index.js'
import { batchNorm } from '../../src/nn/batch-norm.js'
import { channelDropout } from '../../src/nn/channel-dropout.js'
import { convolution } from '../../src/nn/convolution.js'
import { convolutionStem } from '../../src/nn/convolution-stem.js'
import { separableFlexConvolution } from '../../src/nn/flex-conv.js'
import { groupNorm } from '../../src/nn/group-norm.js'
import { averagePool, maxPool } from '../../src/nn/pool.js'
import { rmsNorm } from '../../src/nn/rms-norm.js'

type Grid = Tensor<readonly ['batch', 32, 16, 3]>

declare const grid: Grid
declare const labels: Tensor<readonly ['batch'], 'i24'>

test('a convolution keeps the grid, or takes every stride-th place', () => {
  expect(convolution(8, { taps: 3 })(grid).output).type.toBe<Tensor<readonly ['batch', 32, 16, 8]>>()
  expect(convolution(8, { taps: 3, stride: 2 })(grid).output).type.toBe<
    Tensor<readonly ['batch', 16, 8, 8]>
  >()
  expect(convolution(8, { taps: [3, 5], padding: 'valid' })(grid).output).type.toBe<
    Tensor<readonly ['batch', 30, 12, 8]>
  >()
  expect(convolution).type.not.toBeCallableWith(8)
  expect(convolution).type.not.toBeCallableWith('8', { taps: 3 })
  expect(convolution(8, { taps: 3 })).type.not.toBeCallableWith(labels)
})

test('a pool takes windows', () => {
  expect(maxPool({ window: 2 })(grid).output).type.toBe<Tensor<readonly ['batch', 16, 8, 3]>>()
  expect(averagePool({ window: 3, stride: 1 })(grid).output).type.toBe<
    Tensor<readonly ['batch', 30, 14, 3]>
  >()
  expect(maxPool).type.not.toBeCallableWith({})
})

test('norms and dropout keep the type', () => {
  expect(batchNorm()(grid).output).type.toBe<Grid>()
  expect(groupNorm(3)(grid).output).type.toBe<Grid>()
  expect(rmsNorm()(grid).output).type.toBe<Grid>()
  expect(channelDropout(0.2)(grid).output).type.toBe<Grid>()
  expect(batchNorm).type.not.toBeCallableWith({ momentum: '0.1' })
  expect(batchNorm()).type.not.toBeCallableWith(labels)
})

test('stems and flexible convolutions need their options', () => {
  expect(convolutionStem).type.not.toBeCallableWith({ widths: [24], outputs: 8 })
  expect(separableFlexConvolution).type.not.toBeCallableWith(8, { taps: 31, sigma: 0.075 })
})
