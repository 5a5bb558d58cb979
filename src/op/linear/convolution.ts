import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { ConvolutionAttributes, ConvolutionCheck, Convolved } from '../../shape/convolution.js'
import { convolutionAttributes, convolutionShape } from '../../shape/convolution.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { Padding, Steps } from '../../shape/slide.js'
import { apply1, definePrimitive } from '../def.js'
import { twoOperands } from '../operands.js'
import { typedResult } from '../typed-result.js'
import { floatInput } from '../view/family.js'
import { convolutionBatch } from './convolution-batch.js'
import { pullKernel, pullX } from './convolution-derivatives.js'
import { convolutionNest } from './convolution-nest.js'
import { convolutionValues } from './convolution-values.js'

const steps = t.readonlyArray(t.number)

export const convolutionOp = definePrimitive<ConvolutionAttributes>({
  name: 'convolution',
  category: 'linear',
  doc:
    'Cross-correlation over N spatial axes, channels last: y[b, i, o] = Σ_t Σ_c x[b, s·i + d·t − before, group(o) · C + c] · k[t, c, o], ' +
    'for x [batch, ...spatial, inputs], a kernel [...taps, C = inputs / groups, outputs], strides s, kernel dilations d and zeros outside x. ' +
    'An input dilation e puts e − 1 zeros between the elements of x first: with it the two adjoints are convolutions too. ' +
    'Each spatial axis has floor(((in − 1)·e + before + after − (taps − 1)·d) / s) + 1 places. groups = inputs = outputs is depthwise.',
  attrs: t.readonly(
    t.exact(
      t.intersection([
        t.type({ padding: t.readonlyArray(t.readonly(t.tuple([t.number, t.number]))), groups: t.number }),
        t.partial({ strides: steps, kernelDilation: steps, inputDilation: steps }),
      ]),
    ),
  ),
  type: (attrs, inputs) =>
    pipe(
      twoOperands('convolution', ['f32', 'f32'], inputs),
      E.chain(([x, kernel]) => convolutionShape('convolution', x.shape, kernel.shape, attrs)),
      E.map((shape) => [{ shape, dtype: 'f32' as const }]),
    ),
  evaluate: (attrs, [x, kernel], [output = []]) =>
    x === undefined || kernel === undefined ? [] : [convolutionValues(attrs, x, kernel, output)],
  vjp: (b, { attrs, inputs: [x, kernel], cotangents: [cotangent] }) =>
    x === undefined || kernel === undefined || cotangent === undefined
      ? []
      : [pullX(b, attrs, x, kernel, cotangent), pullKernel(b, attrs, x, kernel, cotangent)],
  jvp: (b, { attrs, inputs: [x, kernel], tangents: [dx = null, dk = null] }) => {
    if (x === undefined || kernel === undefined) return [null]
    const left = dx === null ? null : b.convolution(attrs, dx, kernel)
    const right = dk === null ? null : b.convolution(attrs, x, dk)
    return [left === null ? right : right === null ? left : b.add(left, right)]
  },
  batch: convolutionBatch,
  lower: { skeleton: 'slide', nest: convolutionNest },
  cost: ({ inputDilation = [] }, [, kernel], [output]) => ({
    flops:
      (2 * sizeOf(kernel?.shape.slice(0, -1) ?? []) * sizeOf(output?.shape ?? [])) /
      inputDilation.reduce((product, step) => product * step, 1),
  }),
  samples: [
    { attrs: { padding: [[1, 1]], groups: 1 }, inputs: [floatInput(2, 'n', 'm'), floatInput(3, 'm', 'k')] },
    { attrs: { padding: [[2, 0]], groups: '$m' }, inputs: [floatInput(2, 'n', 'm'), floatInput(3, 1, 'm')] },
    {
      attrs: {
        padding: [
          [0, 0],
          [1, 0],
        ],
        groups: 2,
      },
      inputs: [floatInput(2, 3, 4, 4), floatInput(2, 3, 2, 6)],
    },
    {
      attrs: {
        padding: [
          [1, 1],
          [1, 1],
        ],
        groups: '$m',
      },
      inputs: [floatInput(1, 'n', 3, 'm'), floatInput(3, 3, 1, 'm')],
    },
    {
      attrs: {
        padding: [
          [1, 0],
          [0, 1],
          [1, 1],
        ],
        groups: 1,
      },
      inputs: [floatInput(2, 2, 3, 2, 2), floatInput(2, 2, 3, 2, 3)],
    },
    { attrs: { padding: [[3, -1]], groups: 1 }, inputs: [floatInput('n', 4, 2), floatInput(2, 2, 'k')] },
    {
      attrs: { padding: [[1, 1]], groups: 1, strides: [2] },
      inputs: [floatInput(2, 'n', 'm'), floatInput(2, 'm', 2)],
    },
    {
      attrs: {
        padding: [
          [3, 0],
          [0, 1],
        ],
        groups: 2,
        strides: [3, 1],
        kernelDilation: [2, 2],
      },
      inputs: [floatInput(1, 5, 4, 2), floatInput(3, 2, 1, 4)],
    },
    {
      attrs: {
        padding: [
          [2, 1],
          [1, -1],
        ],
        groups: 1,
        strides: [1, 2],
        inputDilation: [2, 3],
      },
      inputs: [floatInput(1, 3, 2, 'm'), floatInput(3, 2, 'm', 'k')],
    },
    {
      attrs: { padding: [[4, 2]], groups: 1, strides: [2], kernelDilation: [2], inputDilation: [3] },
      inputs: [floatInput(1, 'n', 2), floatInput(3, 2, 'k')],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['bilinear'],
})

export interface ConvolutionOptions<
  P extends Padding,
  Groups extends number,
  Stride extends Steps,
  Dilation extends Steps,
> {
  /**
   * Zeros around the spatial axes: pairs; `valid` (none, the default); `same` or `causal`, with which there is a
   * place for every stride-th element (the zeros on both sides, or all before).
   */
  readonly padding?: P
  /** Groups of channels that do not mix; inputs for a depthwise convolution. 1 unless stated. */
  readonly groups?: Groups
  /** From one place to the next, for all spatial axes or for each. 1 unless stated. */
  readonly stride?: Stride
  /** From one tap to the next, for all spatial axes or for each. 1 unless stated. */
  readonly dilation?: Dilation
}

/**
 * Cross-correlation of x [batch, ...spatial, inputs] with a kernel [...taps, inputs / groups, outputs]:
 * `pipe(x, convolution({ padding: 'same', stride: 2 })(kernel))`. Each spatial axis has
 * floor((size + before + after − (taps − 1) · dilation − 1) / stride) + 1 places, as in PyTorch.
 * @throws TraceFailure with a ShapeError where channels, groups, taps, steps or padding do not fit.
 */
export const convolution =
  <
    const P extends Padding = 'valid',
    const Groups extends number = 1,
    const Stride extends Steps = 1,
    const Dilation extends Steps = 1,
  >(
    options: ConvolutionOptions<P, Groups, Stride, Dilation> = {},
  ) =>
  <K extends Shape>(kernel: Tensor<K, 'f32'>) =>
  <X extends Shape>(
    x: Tensor<X, 'f32'> & ConvolutionCheck<X, K, P, Groups, Stride, Dilation>,
  ): Tensor<Convolved<X, K, P, Stride, Dilation>, 'f32'> => {
    const attrs = convolutionAttributes(kernel.shape, options)
    return typedResult(apply1(convolutionOp, attrs, [x, kernel]))
  }
