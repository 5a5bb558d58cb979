/** Random complex tensors and lengths, for the tests of complex Fourier transforms. */
import fc from 'fast-check'
import type { Tensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import type { Complex } from '../../../src/op/signal/complex.js'
import { evaluate } from '../../../src/run/reference.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { noise } from '../../support/arbitrary.js'

/** Lengths of every kind of plan: all small ones, primes that go by the chirp, and twice such a prime. */
export const anyLength: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 70 }) },
  { weight: 1, arbitrary: fc.constantFrom(97, 101, 127, 134, 251) },
)

export const noisyTensor = (
  seed: number,
  stream: number,
  shape: readonly number[],
): Tensor<readonly number[], 'f32'> => fromArray(noise(seed, stream, sizeOf(shape)), shape)

/** Complex noise of a shape. */
export const noisyComplex = (seed: number, shape: readonly number[]): Complex<readonly number[]> => ({
  re: noisyTensor(seed, 0, shape),
  im: noisyTensor(seed, 1, shape),
})

/** The planes as numbers. */
export const planesOf = ({ re, im }: Complex): { readonly re: NdArray; readonly im: NdArray } => {
  const [real, imaginary] = evaluate([re, im])
  if (real === undefined || imaginary === undefined) throw new Error('two planes')
  return { re: real, im: imaginary }
}
