import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printShape, printType, sameType } from '../../shape/dim.js'
import type { IrfftCheck, Resized } from '../../shape/signal.js'
import { axesFromFront } from '../../shape/permute.js'
import { alongLeadingAxes, behindNewAxis } from '../batching.js'
import type { NdArray } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
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
import type { ComplexLine, ComplexArray } from './float64-fft.js'
import { dft, mapLines } from './float64-fft.js'
import { transformFlops } from './fourier-cost.js'
import { expandIrfft } from './real-transform.js'
import type { Spectrum } from './complex.js'
import { atMost } from '../operands.js'

/** The whole spectrum of a real line from its half; imaginary parts it cannot have are dropped. */
const completeLine =
  (length: number) =>
  ({ re, im }: ComplexLine): ComplexLine => {
    const whole = { re: new Float64Array(length), im: new Float64Array(length) }
    for (let k = 0; k < halfLength(length); k++) {
      const mirror = (length - k) % length
      whole.re[k] = whole.re[mirror] = re[k] ?? 0
      whole.im[k] = mirror === k ? 0 : (im[k] ?? 0)
      if (mirror !== k) whole.im[mirror] = -(im[k] ?? 0)
    }
    return whole
  }

const evaluateIrfft = ({ axes, lengths }: FourierAttributes, re: NdArray, im: NdArray): NdArray => {
  const front = axesFromFront(axes, re.shape.length)
  const start: ComplexArray = { shape: re.shape, re: re.data, im: im.data }
  const columns = front.slice(0, -1).reduceRight((current, axis, i) => {
    const length = lengths[i] ?? 1
    return mapLines(current, axis, length, length, (line) => dft(line, 1))
  }, start)
  const length = lengths.at(-1) ?? 1
  const whole = completeLine(length)
  const { shape, re: data } = mapLines(columns, front.at(-1) ?? 0, halfLength(length), length, (line) =>
    dft(whole(line), 1),
  )
  const total = lengths.reduce((product, size) => product * size, 1)
  return { shape, data: data.map((value) => value / total) }
}

const irfftType = (
  attrs: FourierAttributes,
  [re, im]: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const checked = checkFourier('irfft', attrs, re)
  if (E.isLeft(checked)) return checked
  const wanted = withSizes(checked.right.shape, attrs.axes, spectrumLengths(attrs.lengths))
  if (
    im === undefined ||
    !sameType(checked.right, im) ||
    !sameType(checked.right, { shape: wanted, dtype: 'f32' })
  )
    return E.left(
      shapeError({
        where: 'irfft',
        expected: `two planes of shape ${printShape(wanted)} for lengths [${attrs.lengths.join(', ')}]`,
        found: `${printType(checked.right)} and ${im === undefined ? 'nothing' : printType(im)}`,
        hint: 'the last axis listed has floor(length / 2) + 1 bins, the others have length',
      }),
    )
  return E.right([{ shape: withSizes(wanted, attrs.axes, attrs.lengths), dtype: 'f32' }])
}

export const irfftOp = defineComposite<FourierAttributes>({
  name: 'irfft',
  category: 'signal',
  doc:
    'The real tensor with the half spectrum re + i·im: x[n] = Re Σₖ w[k]·X[k]·e^(2πi·Σ nₐkₐ/Nₐ) / ΠN, with w = 1 for the bins 0 ' +
    'and N/2 of the last axis listed and 2 for the others, whose conjugates are not there. Inverse of rfft. As in NumPy, what ' +
    'has no meaning is ignored: the imaginary part, after the inverse over the other axes, of the bins 0 and N/2. Its ' +
    'transpose is w·rfft(g) / ΠN.',
  attrs: fourierAttributes,
  type: atMost('irfft', 2, irfftType),
  expand: (b, { axes, lengths }, [re, im]) =>
    re === undefined || im === undefined ? [] : [expandIrfft(b, re, im, axes, lengths)],
  evaluate: (attrs, [re, im]) => (re === undefined || im === undefined ? [] : [evaluateIrfft(attrs, re, im)]),
  vjp: (b, { attrs: { axes, lengths }, inputs: [x], cotangents: [cotangent] }) => {
    if (x === undefined || cotangent === undefined) return []
    const rank = x.shape.length
    const length = lengths.at(-1) ?? 1
    const total = lengths.reduce((product, size) => product * size, 1)
    const last = axesFromFront(axes, rank).at(-1) ?? 0
    const weights = binTable(b, rank, last, halfLength(length), (bin) => binWeight(length, bin) / total)
    const [re, im] = b.rfft(cotangent, axes, lengths)
    return [b.mul(re, weights), b.mul(im, weights)]
  },
  jvp: (b, { attrs: { axes, lengths }, inputs: [x], tangents: [re, im] }) => {
    if (x === undefined || (!re && !im)) return [null]
    return [b.irfft(re ?? b.zerosLike(x), im ?? b.zerosLike(x), axes, lengths)]
  },
  batch: alongLeadingAxes((b, { axes, lengths }, [re, im]) =>
    re === undefined || im === undefined ? [] : [b.irfft(re, im, axes.map(behindNewAxis), lengths)],
  ),
  cost: (attrs, _, [output]) => ({ flops: transformFlops(attrs, output?.shape ?? []) }),
  samples: [
    {
      attrs: { axes: [0], lengths: [8] },
      inputs: [
        { shape: [5], dtype: 'f32', domain: 'any' },
        { shape: [5], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { axes: [-2], lengths: [7] },
      inputs: [
        { shape: ['n', 4, 'm'], dtype: 'f32', domain: 'any' },
        { shape: ['n', 4, 'm'], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { axes: [1, 2], lengths: [6, 9] },
      inputs: [
        { shape: ['n', 6, 5, 'c'], dtype: 'f32', domain: 'any' },
        { shape: ['n', 6, 5, 'c'], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { axes: [2, 0], lengths: [4, 36] },
      inputs: [
        { shape: [19, 2, 4], dtype: 'f32', domain: 'any' },
        { shape: [19, 2, 4], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { axes: [1], lengths: [67] },
      inputs: [
        { shape: [2, 34], dtype: 'f32', domain: 'any' },
        { shape: [2, 34], dtype: 'f32', domain: 'any' },
      ],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['linear'],
})

/**
 * The real tensor of a half spectrum, of the given lengths along `axes`; undoes `rfft`. As in NumPy, imaginary parts
 * that a real signal cannot have are not looked at.
 * @throws TraceFailure with a ShapeError where the spectrum does not have the bins that the lengths need.
 */
export const irfft =
  <const Axes extends readonly number[], const Lengths extends readonly number[]>(
    axes: Axes,
    lengths: Lengths,
  ) =>
  <S extends Shape>({
    re,
    im,
  }: Spectrum<S> & IrfftCheck<S, Axes, Lengths>): Tensor<Resized<S, Axes, Lengths>, 'f32'> =>
    typedResult(apply1(irfftOp, { axes, lengths }, [re, im]))
