import { fail, shapeError } from '../../error/error.js'
import type { Shape } from '../../shape/dim.js'
import { printShape } from '../../shape/dim.js'
import type { ConvolvedShape, SpectrumProductCheck } from '../../shape/signal.js'
import { apply1 } from '../def.js'
import { sumOp } from '../reduce/sum.js'
import { complexMultiply } from './complex-arithmetic.js'
import type { Complex, Spectrum } from './complex.js'
import { typedPlanes } from './typed-planes.js'

/** Options of `spectrumMultiply`. */
export interface SpectrumOptions<SumOver extends readonly number[]> {
  /** Axes summed over afterwards and kept with size 1; none unless stated. */
  readonly sumOver?: SumOver
}

/**
 * The product of two spectra of one rank, which broadcast along axes of size 1, summed over the axes in `sumOver`:
 * what `fftConv` does between its transforms. With lengths of the grid it is the circular convolution,
 *
 *   pipe(x, rfft(axes, lengths), spectrumMultiply(pipe(kernel, rfft(axes, lengths))), irfft(axes, lengths))
 *
 * and with at least 2N − 1 points an axis, cropped to N afterwards, the causal one.
 * @throws TraceFailure with a ShapeError where ranks or sizes do not fit, or an axis to sum over is not there.
 */
export const spectrumMultiply =
  <K extends Shape, const SumOver extends readonly number[] = readonly []>(
    kernel: Spectrum<K>,
    { sumOver }: SpectrumOptions<SumOver> = {},
  ) =>
  <X extends Shape>(
    x: Spectrum<X> & SpectrumProductCheck<X, K, SumOver>,
  ): Spectrum<ConvolvedShape<X, K, SumOver>> => {
    const [left, right]: readonly [Complex, Complex] = [x, kernel]
    if (left.re.shape.length !== right.re.shape.length)
      fail(
        shapeError({
          where: 'spectrumMultiply',
          expected: 'two spectra of one rank',
          found: `shapes ${printShape(left.re.shape)} and ${printShape(right.re.shape)}`,
          hint: 'give the kernel axes of size 1 where it is shared',
        }),
      )
    const { re, im } = complexMultiply(right)(left)
    const axes = sumOver ?? []
    return typedPlanes(
      axes.length === 0
        ? [re, im]
        : [re, im].map((plane) => apply1(sumOp, { axes, keepDims: true }, [plane])),
    )
  }
