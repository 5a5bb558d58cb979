import type { Shape } from '../../shape/dim.js'
import type { FourierCheck, Resized } from '../../shape/signal.js'
import { apply } from '../def.js'
import type { Complex } from './complex.js'
import { complexFourier } from './complex-family.js'
import { typedPlanes } from './typed-planes.js'

export const fftOp = complexFourier({
  name: 'fft',
  sign: -1,
  doc:
    'Fourier transform of complex numbers re + i·im over `axes`: X[k] = Σₙ x[n]·e^(−2πi·Σ nₐkₐ/Nₐ), as two planes, real and ' +
    'imaginary. Each axis is first cropped, or padded with zeros at its end, to its length N. Not normalised. Each axis by ' +
    'itself, the last one listed first, and each length by its factors: lengths up to 16 and primes up to 64 by the defining ' +
    'sum, one contraction; other lengths split by Cooley and Tukey into factors of such sizes, a contraction each; lengths ' +
    'left with a prime above 64 by Bluestein’s chirp, a convolution of an even length of at least 2N − 1 with factors 2, 3 ' +
    'and 5 only. Its conjugate transpose is N·ifft, cropped or padded to the sizes of x.',
})

/**
 * The Fourier transform of x over `axes`, each cropped or zero-padded to its length: X[k] = Σₙ x[n]·e^(−2πi·Σ nₐkₐ/Nₐ),
 * not normalised. Any length.
 * @throws TraceFailure with a ShapeError where the axes are not distinct axes of x, each with a length of at least 1,
 * or where the planes differ in shape.
 */
export const fft =
  <const Axes extends readonly number[], const Lengths extends readonly number[]>(
    axes: Axes,
    lengths: Lengths,
  ) =>
  <S extends Shape>({
    re,
    im,
  }: Complex<S> & FourierCheck<'fft', S, Axes, Lengths>): Complex<Resized<S, Axes, Lengths>> =>
    typedPlanes(apply(fftOp, { axes, lengths }, [re, im]))
