import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import { slidingBy } from '../../shape/convolution.js'
import type {
  ConvolutionTransposeAttributes,
  ConvolutionTransposeCheck,
  ConvolvedTransposed,
} from '../../shape/convolution-transpose.js'
import {
  convolutionTransposeShape,
  transposeAttributes,
  transposedSlides,
} from '../../shape/convolution-transpose.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { Padding, Steps } from '../../shape/slide.js'
import type { NdArray } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { twoOperands } from '../operands.js'
import { typedResult } from '../typed-result.js'
import { floatInput } from '../view/family.js'
import { transposedKernel } from './convolution-derivatives.js'

/** Every element of x added, times each tap, where the tap puts it. */
const spreadValues = (
  { padding, groups, strides, kernelDilation }: ConvolutionTransposeAttributes,
  x: NdArray,
  kernel: NdArray,
  output: readonly number[],
): NdArray => {
  const rank = padding.length
  const data = new Float64Array(sizeOf(output))
  const [xs, ks, to] = [stridesOf(x.shape), stridesOf(kernel.shape), stridesOf(output)]
  const [perGroup = 0, inputs = 0] = kernel.shape.slice(rank)
  const addChannels = (fromX: number, fromKernel: number, fromTo: number): void => {
    for (let input = 0; input < inputs; input++) {
      const group = Math.floor((input * groups) / inputs)
      for (let o = 0; o < perGroup; o++) {
        const place = fromTo + group * perGroup + o
        const weight = kernel.data[fromKernel + o * inputs + input] ?? 0
        data[place] = (data[place] ?? 0) + (x.data[fromX + input] ?? 0) * weight
      }
    }
  }
  const spread = (axis: number, fromX: number, fromKernel: number, fromTo: number): void => {
    if (axis === rank) return addChannels(fromX, fromKernel, fromTo)
    const [before = 0] = padding[axis] ?? []
    for (let i = 0; i < (x.shape[axis + 1] ?? 0); i++)
      for (let tap = 0; tap < (kernel.shape[axis] ?? 0); tap++) {
        const place = i * (strides[axis] ?? 1) + tap * (kernelDilation[axis] ?? 1) - before
        if (place < 0 || place >= (output[axis + 1] ?? 0)) continue
        spread(
          axis + 1,
          fromX + i * (xs[axis + 1] ?? 0),
          fromKernel + tap * (ks[axis] ?? 0),
          fromTo + place * (to[axis + 1] ?? 0),
        )
      }
  }
  for (let b = 0; b < (x.shape[0] ?? 0); b++) spread(0, b * (xs[0] ?? 0), 0, b * (to[0] ?? 0))
  return { shape: output, data }
}

const counts = t.readonlyArray(t.number)

export const convolutionTransposeOp = defineComposite<ConvolutionTransposeAttributes>({
  name: 'convolutionTranspose',
  category: 'linear',
  doc:
    'The transpose of a convolution, as a map of x: y[b, s·i + d·t − before, o] = Σ x[b, i, c] · k[t, o, c], summed over all i, t and c that meet there, ' +
    'for x [batch, ...spatial, inputs] and the kernel [...taps, outputs / groups, inputs] of the convolution from outputs to inputs. ' +
    'Each spatial axis has (in − 1)·s + (taps − 1)·d + 1 − before − after + outputPadding elements, as in PyTorch. ' +
    'It is a convolution with zeros between the elements of x.',
  attrs: t.readonly(
    t.strict({
      padding: t.readonlyArray(t.readonly(t.tuple([t.number, t.number]))),
      groups: t.number,
      strides: counts,
      kernelDilation: counts,
      outputPadding: counts,
    }),
  ),
  type: (attrs, inputs) =>
    pipe(
      twoOperands('convolutionTranspose', ['f32', 'f32'], inputs),
      E.chain(([x, kernel]) =>
        convolutionTransposeShape('convolutionTranspose', x.shape, kernel.shape, attrs),
      ),
      E.map((shape) => [{ shape, dtype: 'f32' as const }]),
    ),
  expand: (b, attrs, [x, kernel]) => {
    if (x === undefined || kernel === undefined) return []
    const perGroup = kernel.shape.at(-2) ?? 1
    const outputs = attrs.groups === 1 ? perGroup : Number(perGroup) * attrs.groups
    return [
      b.convolution(
        slidingBy(transposedSlides(attrs, kernel.shape), attrs.groups),
        x,
        transposedKernel(b, kernel, outputs, attrs.groups),
      ),
    ]
  },
  evaluate: (attrs, [x, kernel], [output = []]) =>
    x === undefined || kernel === undefined ? [] : [spreadValues(attrs, x, kernel, output)],
  vjp: 'expand',
  jvp: 'expand',
  batch: 'expand',
  cost: (_, [x, kernel]) => ({
    flops: 2 * sizeOf(x?.shape ?? []) * sizeOf(kernel?.shape.slice(0, -1) ?? []),
  }),
  samples: [
    {
      attrs: { padding: [[0, 0]], groups: 1, strides: [1], kernelDilation: [1], outputPadding: [0] },
      inputs: [floatInput(2, 'n', 'm'), floatInput(3, 'k', 'm')],
    },
    {
      attrs: { padding: [[1, 1]], groups: 1, strides: [2], kernelDilation: [1], outputPadding: [1] },
      inputs: [floatInput(1, 'n', 2), floatInput(3, 'k', 2)],
    },
    {
      attrs: {
        padding: [
          [2, 0],
          [0, 1],
        ],
        groups: 2,
        strides: [3, 1],
        kernelDilation: [1, 2],
        outputPadding: [2, 0],
      },
      inputs: [floatInput(1, 2, 3, 4), floatInput(2, 2, 1, 4)],
    },
    {
      attrs: { padding: [[1, 0]], groups: '$m', strides: [2], kernelDilation: [3], outputPadding: [2] },
      inputs: [floatInput(1, 3, 'm'), floatInput(2, 1, 'm')],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['bilinear'],
})

export interface ConvolutionTransposeOptions<
  P extends Padding,
  Groups extends number,
  Stride extends Steps,
  Dilation extends Steps,
  Extra extends Steps,
> {
  /** The padding of the convolution that is transposed: pairs, or a rule. `valid`, none, unless stated. */
  readonly padding?: P
  /** Groups of channels that do not mix. 1 unless stated. */
  readonly groups?: Groups
  /** Elements of the result from one element of x to the next. 1 unless stated. */
  readonly stride?: Stride
  /** Elements of the result from one tap to the next. 1 unless stated. */
  readonly dilation?: Dilation
  /** More elements at the end of the result, fewer than the stride or the dilation. 0 unless stated. */
  readonly outputPadding?: Extra
}

/**
 * The transpose of `convolution` with the same kernel and options, as PyTorch's conv_transpose: for x
 * [batch, ...spatial, inputs] and a kernel [...taps, outputs / groups, inputs], each spatial axis of the result has
 * (size − 1) · stride + (taps − 1) · dilation + 1 − before − after + outputPadding elements:
 * `pipe(x, convolutionTranspose({ stride: 2 })(kernel))`.
 * @throws TraceFailure with a ShapeError where channels, groups, steps or padding do not fit.
 */
export const convolutionTranspose =
  <
    const P extends Padding = 'valid',
    const Groups extends number = 1,
    const Stride extends Steps = 1,
    const Dilation extends Steps = 1,
    const Extra extends Steps = 0,
  >(
    options: ConvolutionTransposeOptions<P, Groups, Stride, Dilation, Extra> = {},
  ) =>
  <K extends Shape>(kernel: Tensor<K, 'f32'>) =>
  <X extends Shape>(
    x: Tensor<X, 'f32'> & ConvolutionTransposeCheck<X, K, P, Groups, Stride, Dilation, Extra>,
  ): Tensor<ConvolvedTransposed<X, K, P, Groups, Stride, Dilation, Extra>, 'f32'> =>
    typedResult(apply1(convolutionTransposeOp, transposeAttributes(kernel.shape, options), [x, kernel]))
