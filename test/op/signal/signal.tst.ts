import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { fftConv } from '../../../src/op/signal/fft-conv.js'
import { irfft } from '../../../src/op/signal/irfft.js'
import type { Spectrum } from '../../../src/op/signal/complex.js'
import { rfft } from '../../../src/op/signal/rfft.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import type {
  ConvolutionOperandsCheck,
  HalfLength,
  IrfftCheck,
  RfftCheck,
} from '../../../src/shape/signal.js'

declare const images: Tensor<readonly ['batch', 28, 27, 3], 'f32'>
declare const labels: Tensor<readonly ['batch', 28], 'i24'>
declare const anything: Tensor<Shape, 'f32'>
declare const lengths: readonly number[]

describe('rfft', () => {
  test('bins of the half spectrum', () => {
    expect<HalfLength<8>>().type.toBe<5>()
    expect<HalfLength<7>>().type.toBe<4>()
    expect<HalfLength<1>>().type.toBe<1>()
    expect<HalfLength<number>>().type.toBe<number>()
  })

  test('halves the last axis listed and gives the others their lengths', () => {
    expect(pipe(images, rfft([1, 2], [56, 54]))).type.toBe<Spectrum<readonly ['batch', 56, 28, 3]>>()
    expect(pipe(images, rfft([-2, 1], [27, 28]))).type.toBe<Spectrum<readonly ['batch', 15, 27, 3]>>()
  })

  test('leaves to run time what it cannot know', () => {
    expect(pipe(anything, rfft([0], [8]))).type.toBe<Spectrum<Shape>>()
    expect(pipe(images, rfft([1, 2], lengths))).type.toBe<Spectrum<Shape>>()
  })

  test('refuses axes that are not there, or without a length', () => {
    expect(rfft([4], [8])).type.not.toBeCallableWith(images)
    expect(rfft([1, -3], [8, 8])).type.not.toBeCallableWith(images)
    expect(rfft([1, 2], [8])).type.not.toBeCallableWith(images)
    expect(rfft([1], [8])).type.not.toBeCallableWith(labels)
    expect<RfftCheck<readonly [2, 3], readonly [0, 1], readonly [4]>>().type.toBe<
      ShapeError<'rfft: 2 axes and 1 lengths'>
    >()
  })
})

describe('irfft', () => {
  test('gives the axes their lengths back', () => {
    expect(pipe(images, rfft([1, 2], [56, 54]), irfft([1, 2], [56, 54]))).type.toBe<
      Tensor<readonly ['batch', 56, 54, 3], 'f32'>
    >()
    expect(pipe(images, rfft([1, 2], [56, 55]), irfft([1, 2], [56, 55]))).type.toBe<
      Tensor<readonly ['batch', 56, 55, 3], 'f32'>
    >()
  })

  test('refuses lengths that do not have these bins', () => {
    expect(irfft([1], [8])).type.not.toBeCallableWith({} as Spectrum<readonly [2, 4]>)
    expect(irfft([1], [8])).type.toBeCallableWith({} as Spectrum<readonly [2, 5]>)
    expect<IrfftCheck<readonly [2, 4], readonly [1], readonly [8]>>().type.toBe<
      ShapeError<'irfft: axis 1 has 4 bins where its length needs 5'>
    >()
  })
})

describe('fftConv', () => {
  const kernel = {} as Tensor<readonly [1, 28, 27, 3], 'f32'>

  test('broadcasts and keeps what is summed over with size 1', () => {
    expect(pipe(images, fftConv(kernel, { axes: [1, 2] }))).type.toBe<
      Tensor<readonly ['batch', 28, 27, 3], 'f32'>
    >()
    expect(pipe(images, fftConv(kernel, { axes: [1, 2], mode: 'circular', sumOver: [0, -1] }))).type.toBe<
      Tensor<readonly [1, 28, 27, 1], 'f32'>
    >()
    expect(pipe(anything, fftConv(kernel, { axes: [1, 2] }))).type.toBe<Tensor<Shape, 'f32'>>()
  })

  test('refuses taps, ranks and sizes that do not fit', () => {
    expect(fftConv({} as Tensor<readonly [28, 27, 3], 'f32'>, { axes: [1] })).type.not.toBeCallableWith(
      images,
    )
    expect(fftConv({} as Tensor<readonly [1, 1, 27, 3], 'f32'>, { axes: [1] })).type.not.toBeCallableWith(
      images,
    )
    expect(fftConv({} as Tensor<readonly [1, 28, 27, 2], 'f32'>, { axes: [1] })).type.not.toBeCallableWith(
      images,
    )
    expect(fftConv(kernel, { axes: [1, 2], sumOver: [2] })).type.not.toBeCallableWith(images)
    expect(fftConv(kernel, { axes: [1], mode: 'causal' })).type.toBeCallableWith(images)
    expect<
      ConvolutionOperandsCheck<readonly ['batch', 5], readonly [1, 4], readonly [1], readonly []>
    >().type.toBe<ShapeError<'fftConv: axis 1 has 5 points and 4 taps'>>()
    expect<ConvolutionOperandsCheck<readonly [2, 5], readonly [5], readonly [1], readonly []>>().type.toBe<
      ShapeError<'fftConv: input [2, 5] and kernel [5] differ in rank'>
    >()
  })
})
