import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import {
  complexAdd,
  complexExponential,
  complexMultiply,
  complexScale,
  complexSubtract,
  conjugate,
  magnitude,
} from '../../../src/op/signal/complex-arithmetic.js'
import type { Complex } from '../../../src/op/signal/complex.js'
import { convolve } from '../../../src/op/signal/convolve.js'
import { fft } from '../../../src/op/signal/fft.js'
import {
  fftFrequencies,
  fftShift,
  ifftShift,
  rfftFrequencies,
} from '../../../src/op/signal/frequency-order.js'
import { ifft } from '../../../src/op/signal/ifft.js'
import { irfft } from '../../../src/op/signal/irfft.js'
import { rfft } from '../../../src/op/signal/rfft.js'
import { spectrumMultiply } from '../../../src/op/signal/spectrum-multiply.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { LinearConvolutionCheck } from '../../../src/shape/linear-convolution.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'
import type { FourierCheck, SizedAxesCheck, SpectrumProductCheck } from '../../../src/shape/signal.js'

declare const images: Tensor<readonly ['batch', 28, 27, 3], 'f32'>
declare const signals: Complex<readonly ['batch', 28, 3]>
declare const row: Complex<readonly [3]>
declare const other: Complex<readonly [4]>
declare const anything: Complex
declare const labels: Tensor<readonly ['batch', 28], 'i24'>
declare const lengths: readonly number[]

describe('fft and ifft', () => {
  test('give the axes their lengths', () => {
    expect(pipe(signals, fft([1], [64]))).type.toBe<Complex<readonly ['batch', 64, 3]>>()
    expect(pipe(signals, ifft([-1, 1], [5, 7]))).type.toBe<Complex<readonly ['batch', 7, 5]>>()
    expect(pipe(signals, fft([0], [8]))).type.toBe<Complex<readonly [8, 28, 3]>>()
    expect(pipe(anything, fft([0], [8]))).type.toBe<Complex>()
    expect(pipe(signals, ifft([1, 2], lengths))).type.toBe<Complex>()
  })

  test('refuse axes that are not there, or without a length, and planes that are not f32', () => {
    expect(fft([3], [8])).type.not.toBeCallableWith(signals)
    expect(ifft([1, -2], [8, 8])).type.not.toBeCallableWith(signals)
    expect(fft([1], [8])).type.not.toBeCallableWith({ re: labels, im: labels })
    expect(fft([1], [8])).type.not.toBeCallableWith(images)
    expect<FourierCheck<'ifft', readonly [2, 3], readonly [0, 1], readonly [4]>>().type.toBe<
      ShapeError<'ifft: 2 axes and 1 lengths'>
    >()
  })
})

describe('complex arithmetic', () => {
  test('broadcasts', () => {
    expect(pipe(signals, complexAdd(row))).type.toBe<Complex<readonly ['batch', 28, 3]>>()
    expect(pipe(row, complexSubtract(signals))).type.toBe<Complex<readonly ['batch', 28, 3]>>()
    expect(pipe(row, complexMultiply(signals))).type.toBe<Complex<readonly ['batch', 28, 3]>>()
    expect(pipe(row, complexScale(2))).type.toBe<Complex<readonly [3]>>()
    expect(pipe(row, complexScale(signals.re))).type.toBe<Complex<readonly ['batch', 28, 3]>>()
    expect(pipe(signals, conjugate)).type.toBe<Complex<readonly ['batch', 28, 3]>>()
    expect(pipe(signals, complexExponential)).type.toBe<Complex<readonly ['batch', 28, 3]>>()
    expect(pipe(signals, magnitude)).type.toBe<Tensor<readonly ['batch', 28, 3], 'f32'>>()
  })

  test('refuses what does not broadcast, and planes that differ', () => {
    expect(complexAdd(other)).type.not.toBeCallableWith(row)
    expect(complexSubtract(other)).type.not.toBeCallableWith(row)
    expect(complexMultiply(other)).type.not.toBeCallableWith(signals)
    expect(complexScale(other.re)).type.not.toBeCallableWith(row)
    expect(magnitude).type.not.toBeCallableWith({ re: labels, im: labels })
    expect(complexExponential).type.not.toBeCallableWith(images)
    expect(conjugate).type.not.toBeCallableWith(images)
  })
})

describe('spectrumMultiply', () => {
  const kernel = {} as Tensor<readonly [1, 28, 27, 3], 'f32'>
  const there = rfft([1, 2], [56, 54])

  test('stands between rfft and irfft', () => {
    expect(pipe(images, there, spectrumMultiply(pipe(kernel, there)), irfft([1, 2], [56, 54]))).type.toBe<
      Tensor<readonly ['batch', 56, 54, 3], 'f32'>
    >()
    expect(pipe(images, there, spectrumMultiply(pipe(kernel, there), { sumOver: [0, -1] }))).type.toBe<
      Complex<readonly [1, 56, 28, 1]>
    >()
    expect(pipe(anything, spectrumMultiply(row))).type.toBe<Complex>()
  })

  test('refuses ranks, sizes and axes that do not fit', () => {
    expect(spectrumMultiply(row)).type.not.toBeCallableWith(signals)
    expect(spectrumMultiply(other)).type.not.toBeCallableWith(row)
    expect(spectrumMultiply(row, { sumOver: [1] })).type.not.toBeCallableWith(row)
    expect<SpectrumProductCheck<readonly [2, 3], readonly [3], readonly []>>().type.toBe<
      ShapeError<'spectrumMultiply: spectra [2, 3] and [3] differ in rank'>
    >()
  })
})

describe('the order of frequencies', () => {
  test('shifts keep the type, of tensors and of planes', () => {
    expect(pipe(labels, fftShift([1]))).type.toBe<Tensor<readonly ['batch', 28], 'i24'>>()
    expect(pipe(signals, fftShift([1, -1]))).type.toBe<Complex<readonly ['batch', 28, 3]>>()
    expect(pipe(anything, ifftShift([0]))).type.toBe<Complex>()
    expect(fftShift([2])).type.not.toBeCallableWith(labels)
    expect(fftShift([0])).type.not.toBeCallableWith(labels)
    expect(ifftShift([0])).type.not.toBeCallableWith(signals)
    expect<SizedAxesCheck<'fftShift', readonly ['batch', 28], readonly [0]>>().type.toBe<
      ShapeError<'fftShift: axis 0 is batch, a name without a size'>
    >()
  })

  test('frequencies have as many entries as there are bins', () => {
    expect(fftFrequencies(9)).type.toBe<Tensor<readonly [9], 'f32'>>()
    expect(rfftFrequencies(9, 0.5)).type.toBe<Tensor<readonly [5], 'f32'>>()
    expect(fftFrequencies).type.not.toBeCallableWith('9')
    expect(rfftFrequencies).type.not.toBeCallableWith('9')
  })
})

describe('convolve', () => {
  const kernel = {} as Tensor<readonly [1, 5, 4, 3], 'f32'>

  test('has the sizes of its mode', () => {
    expect(pipe(images, convolve(kernel, { axes: [1, 2] }))).type.toBe<
      Tensor<readonly ['batch', 32, 30, 3], 'f32'>
    >()
    expect(pipe(images, convolve(kernel, { axes: [-2, 1], mode: 'same' }))).type.toBe<
      Tensor<readonly ['batch', 28, 27, 3], 'f32'>
    >()
    expect(pipe(images, convolve(kernel, { axes: [1, 2], mode: 'valid' }))).type.toBe<
      Tensor<readonly ['batch', 24, 24, 3], 'f32'>
    >()
    expect(pipe(images, convolve({} as Tensor<Shape, 'f32'>, { axes: [1] }))).type.toBe<
      Tensor<Shape, 'f32'>
    >()
  })

  test('refuses ranks, names and sizes that do not fit', () => {
    expect(convolve(kernel, { axes: [0] })).type.not.toBeCallableWith(images)
    expect(convolve(kernel, { axes: [1] })).type.not.toBeCallableWith(images)
    expect(convolve(row.re, { axes: [0] })).type.not.toBeCallableWith(images)
    expect<LinearConvolutionCheck<readonly [2, 5], readonly [5], readonly [1]>>().type.toBe<
      ShapeError<'convolve: input [2, 5] and kernel [5] differ in rank'>
    >()
    expect<LinearConvolutionCheck<readonly ['batch', 5], readonly ['batch', 5], readonly [0]>>().type.toBe<
      ShapeError<'convolve: axis 0 is batch, a name without a size'>
    >()
  })
})
