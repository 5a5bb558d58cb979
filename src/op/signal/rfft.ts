import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { RfftCheck, RfftShape } from '../../shape/signal.js'
import { axesFromFront } from '../../shape/permute.js'
import { alongLeadingAxes, behindNewAxis } from '../batching.js'
import type { NdArray } from '../def.js'
import { apply, defineComposite } from '../def.js'
import type { FourierAttributes } from './fourier-attributes.js'
import {
  binTable,
  binWeight,
  checkFourier,
  fourierAttributes,
  halfLength,
  spectrumLengths,
  withSizes,
} from './fourier-attributes.js'
import type { ComplexArray } from './float64-fft.js'
import { dft, mapLines } from './float64-fft.js'
import { transformFlops } from './fourier-cost.js'
import { expandRfft } from './real-transform.js'
import { atMost } from '../operands.js'
import type { Spectrum } from './complex.js'
import { typedPlanes } from './typed-planes.js'

const evaluateRfft = ({ axes, lengths }: FourierAttributes, x: NdArray): readonly NdArray[] => {
  const start: ComplexArray = { shape: x.shape, re: x.data, im: new Float64Array(x.data.length) }
  const { shape, re, im } = axesFromFront(axes, x.shape.length).reduceRight((current, axis, i) => {
    const length = lengths[i] ?? 1
    return mapLines(current, axis, length, i === axes.length - 1 ? halfLength(length) : length, (line) =>
      dft(line, -1),
    )
  }, start)
  return [
    { shape, data: re },
    { shape, data: im },
  ]
}

export const rfftOp = defineComposite<FourierAttributes>({
  name: 'rfft',
  category: 'signal',
  doc:
    'Fourier transform of a real tensor over `axes`: X[k] = Σₙ x[n]·e^(−2πi·Σ nₐkₐ/Nₐ), as two planes, real and imaginary. ' +
    'Each axis is first cropped, or padded with zeros at its end, to its length N. Along the last axis listed only the bins ' +
    'k ≤ N/2 are kept. Not normalised. Along that axis, lengths up to 64 go by the defining sum over half the bins; longer ' +
    'even ones ride a complex transform of N/2 points, odd ones a complex transform of N. Those, and the other axes, go by ' +
    'the algorithms of fft: factors up to 16 as contractions, primes up to 64 by the defining sum, larger ones by ' +
    'Bluestein’s chirp. Its transpose is N·irfft(g / w), with w = 1 for the bins 0 and N/2 of the last axis and 2 for the ' +
    'others, cropped or padded to the sizes of x.',
  attrs: fourierAttributes,
  type: atMost('rfft', 1, (attrs, [x]) =>
    pipe(
      checkFourier('rfft', attrs, x),
      E.map(({ shape }) => {
        const type = {
          shape: withSizes(shape, attrs.axes, spectrumLengths(attrs.lengths)),
          dtype: 'f32' as const,
        }
        return [type, type]
      }),
    ),
  ),
  expand: (b, { axes, lengths }, [x]) => (x === undefined ? [] : expandRfft(b, x, axes, lengths)),
  evaluate: (attrs, [x]) => (x === undefined ? [] : evaluateRfft(attrs, x)),
  vjp: (b, { attrs: { axes, lengths }, inputs: [x], cotangents: [re, im] }) => {
    if (x === undefined || re === undefined || im === undefined) return []
    const rank = x.shape.length
    const front = axesFromFront(axes, rank)
    const length = lengths.at(-1) ?? 1
    const total = lengths.reduce((product, size) => product * size, 1)
    const weights = binTable(
      b,
      rank,
      front.at(-1) ?? 0,
      halfLength(length),
      (bin) => total / binWeight(length, bin),
    )
    return [b.cropOrPad(b.irfft(b.mul(re, weights), b.mul(im, weights), axes, lengths), x.shape)]
  },
  jvp: (b, { attrs: { axes, lengths }, tangents: [tangent] }) =>
    tangent === null || tangent === undefined ? [null, null] : b.rfft(tangent, axes, lengths),
  batch: alongLeadingAxes((b, { axes, lengths }, [x]) =>
    x === undefined ? [] : b.rfft(x, axes.map(behindNewAxis), lengths),
  ),
  cost: (attrs, [x]) => ({ flops: transformFlops(attrs, x?.shape ?? []) }),
  samples: [
    { attrs: { axes: [0], lengths: [8] }, inputs: [{ shape: [8], dtype: 'f32', domain: 'any' }] },
    { attrs: { axes: [-2], lengths: [7] }, inputs: [{ shape: ['n', 5, 'm'], dtype: 'f32', domain: 'any' }] },
    {
      attrs: { axes: [1, 2], lengths: [6, 9] },
      inputs: [{ shape: ['n', 3, 5, 'c'], dtype: 'f32', domain: 'any' }],
    },
    {
      attrs: { axes: [2, 0], lengths: [4, 36] },
      inputs: [{ shape: [20, 2, 6], dtype: 'f32', domain: 'any' }],
    },
    { attrs: { axes: [0], lengths: [1] }, inputs: [{ shape: [1, 'n'], dtype: 'f32', domain: 'any' }] },
    { attrs: { axes: [1], lengths: [67] }, inputs: [{ shape: [2, 'n'], dtype: 'f32', domain: 'any' }] },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['linear'],
})

/**
 * The half spectrum of x over `axes`, each cropped or zero-padded to its length, not normalised: along the last axis
 * listed only the bins up to half its length, whose conjugates are the others. Any length.
 * @throws TraceFailure with a ShapeError where the axes are not distinct axes of x, each with a length of at least 1.
 */
export const rfft =
  <const Axes extends readonly number[], const Lengths extends readonly number[]>(
    axes: Axes,
    lengths: Lengths,
  ) =>
  <S extends Shape>(
    x: Tensor<S, 'f32'> & RfftCheck<S, Axes, Lengths>,
  ): Spectrum<RfftShape<S, Axes, Lengths>> =>
    typedPlanes(apply(rfftOp, { axes, lengths }, [x]))
