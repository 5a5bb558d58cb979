import type { Shape } from '../../shape/dim.js'
import type { FourierCheck, Resized } from '../../shape/signal.js'
import { apply } from '../def.js'
import type { Complex } from './complex.js'
import { complexFourier } from './complex-family.js'
import { typedPlanes } from './typed-planes.js'

export const ifftOp = complexFourier({
  name: 'ifft',
  sign: 1,
  doc:
    'Inverse Fourier transform of complex numbers re + i·im over `axes`: x[n] = Σₖ X[k]·e^(2πi·Σ nₐkₐ/Nₐ) / ΠN, as two planes, ' +
    'real and imaginary. Each axis is first cropped, or padded with zeros at its end, to its length N. Inverse of fft, whose ' +
    'algorithms it shares. Its conjugate transpose is fft / ΠN, cropped or padded to the sizes of X.',
})

/**
 * The inverse Fourier transform of x over `axes`, each cropped or zero-padded to its length, divided by the number of
 * points: undoes `fft`. Any length.
 * @throws TraceFailure with a ShapeError where the axes are not distinct axes of x, each with a length of at least 1,
 * or where the planes differ in shape.
 */
export const ifft =
  <const Axes extends readonly number[], const Lengths extends readonly number[]>(
    axes: Axes,
    lengths: Lengths,
  ) =>
  <S extends Shape>({
    re,
    im,
  }: Complex<S> & FourierCheck<'ifft', S, Axes, Lengths>): Complex<Resized<S, Axes, Lengths>> =>
    typedPlanes(apply(ifftOp, { axes, lengths }, [re, im]))
