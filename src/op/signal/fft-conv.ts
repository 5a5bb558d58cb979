import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import { broadcastShapes } from '../../shape/broadcast.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType } from '../../shape/dim.js'
import type { ConvolutionOperandsCheck, ConvolvedShape } from '../../shape/signal.js'
import { axesFromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import type { Builder, FftConvAttributes } from '../builder.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import { chooseConvolution, transformLength } from './convolution-cost.js'
import { directNest, evaluateDirectly, fullShape } from './direct-convolution.js'
import { sizesOf } from './complex-transform.js'
import { fromStackedSpectrum, stackedSpectrum } from './real-transform.js'
import { atMost } from '../operands.js'

type Attrs = Pick<FftConvAttributes, keyof FftConvAttributes>

const fftConvAttributes: t.Type<Attrs, Attributes> = t.readonly(
  t.strict({
    axes: t.readonlyArray(t.number),
    mode: t.union([t.literal('causal'), t.literal('circular')]),
    sumOver: t.readonlyArray(t.number),
  }),
)

const fftConvType = (
  { axes, sumOver }: Attrs,
  [x, kernel]: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const rank = x?.shape.length ?? 0
  const front = axesFromFront(axes, rank)
  const named = [...front, ...axesFromFront(sumOver, rank)]
  const goodAxes =
    named.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank) &&
    new Set(named).size === named.length
  const fits =
    x !== undefined &&
    kernel !== undefined &&
    x.dtype === 'f32' &&
    kernel.dtype === 'f32' &&
    kernel.shape.length === rank &&
    axes.length > 0 &&
    goodAxes &&
    front.every((axis) => x.shape[axis] === kernel.shape[axis])
  if (!fits)
    return E.left(
      shapeError({
        where: 'fftConv',
        expected:
          'two f32 tensors of one rank with equal sizes on the convolved axes, and distinct axes to convolve and to sum over',
        found: `${[x, kernel].map((type) => (type === undefined ? 'nothing' : printType(type))).join(' and ')}, axes [${axes.join(', ')}], sumOver [${sumOver.join(', ')}]`,
        hint: 'give the kernel axes of size 1 where it is shared, and as many taps as the input has points',
      }),
    )
  const shape = broadcastShapes('fftConv', x.shape, kernel.shape)
  if (E.isLeft(shape)) return shape
  const summed = axesFromFront(sumOver, rank)
  return E.right([{ shape: shape.right.map((dim, axis) => (summed.includes(axis) ? 1 : dim)), dtype: 'f32' }])
}

/** The product of spectra: transform both, multiply, sum, transform back, all with the parts stacked on a leading axis. */
const expandFftConv = (b: Builder, { axes, mode, sumOver }: Attrs, x: Tensor, kernel: Tensor): Tensor => {
  const sizes = sizesOf('fftConv', x.shape)
  const rank = sizes.length
  const front = axesFromFront(axes, rank)
  const grid = front.map((axis) => sizes[axis] ?? 1)
  const lengths = grid.map((n) => transformLength(mode, n))
  const [xs, ks] = [stackedSpectrum(b, x, front, lengths), stackedSpectrum(b, kernel, front, lengths)]
  const part = (which: 0 | 1): Tensor =>
    b.slice(ks.tensor, [which, ...ks.shape.map(() => 0)], [which + 1, ...ks.shape])
  const signs = b.table(Float64Array.of(-1, 1), [2, ...sizes.map(() => 1)])
  const both = b.add(b.mul(xs.tensor, part(0)), b.mul(b.mul(b.flip(xs.tensor, [0]), part(1)), signs))
  const summed = axesFromFront(sumOver, rank)
  const tensor =
    summed.length === 0
      ? both
      : b.sum(
          both,
          summed.map((axis) => axis + 1),
          true,
        )
  const shape = fullShape(xs.shape, ks.shape).map((size, axis) => (summed.includes(axis) ? 1 : size))
  return fromStackedSpectrum(b, { tensor, shape }, front, lengths, grid)
}

/** Axes other than the convolved ones along which an operand was repeated to meet the other. */
const repeatedAxes = (own: Shape, other: Shape): readonly number[] =>
  own.flatMap((dim, axis) => (dim === 1 && other[axis] !== 1 ? [axis] : []))

/**
 * Cotangent of one operand: the convolution with the other one runs backwards. With R the reversal of all
 * convolved axes, Σ_i g[i]·k[i − j] is R(R(g) ∗ k) both for causal and for circular ∗. What was summed over
 * is the cotangent's broadcasting; what was broadcast is summed over.
 */
const transposed = (
  b: Builder,
  { axes, mode }: Attrs,
  cotangent: Tensor,
  own: Tensor,
  other: Tensor,
): Tensor => {
  const front = axesFromFront(axes, own.shape.length)
  const back = b.fftConv(
    { axes: front, mode, sumOver: repeatedAxes(own.shape, other.shape) },
    b.flip(cotangent, front),
    other,
  )
  return b.broadcast(b.flip(back, front), own.shape)
}

export const fftConvOp = defineComposite<Attrs>({
  name: 'fftConv',
  category: 'signal',
  doc:
    'Long convolution over all `axes` jointly, y[i] = Σₐ k[a]·x[i − a], with as many taps as points. Causal: indices below 0 ' +
    'read nothing, so y[i] depends on x up to i on every axis (the first N points of the linear convolution). Circular: ' +
    'indices are taken modulo N. x and k have the same rank and broadcast on all other axes; then the axes in `sumOver` are ' +
    'summed and kept with size 1. Its meaning is the direct sum; a cost model (convolution-cost.ts) chooses between the direct ' +
    'loop nest and the product of spectra. The cotangent of x is R(R(g) ∗ k) and that of k is R(R(g) ∗ x), R the reversal.',
  attrs: fftConvAttributes,
  type: atMost('fftConv', 2, fftConvType),
  expand: (b, attrs, [x, kernel]) =>
    x === undefined || kernel === undefined ? [] : [expandFftConv(b, attrs, x, kernel)],
  evaluate: (attrs, [x, kernel]) =>
    x === undefined || kernel === undefined ? [] : [evaluateDirectly(attrs, x, kernel)],
  vjp: (b, { attrs, inputs: [x, kernel], cotangents: [cotangent] }) =>
    x === undefined || kernel === undefined || cotangent === undefined
      ? []
      : [transposed(b, attrs, cotangent, x, kernel), transposed(b, attrs, cotangent, kernel, x)],
  jvp: (b, { attrs, inputs: [x, kernel], tangents: [dx, dk] }) => {
    const parts = [
      ...(dx && kernel ? [b.fftConv(attrs, dx, kernel)] : []),
      ...(dk && x ? [b.fftConv(attrs, x, dk)] : []),
    ]
    const [first, second] = parts
    return [first === undefined ? null : second === undefined ? first : b.add(first, second)]
  },
  batch: (b, { attrs: { axes, mode, sumOver }, inputs, isMapped }) => {
    // Both keep one rank: what is the same for every place broadcasts along an axis of size 1.
    const [x, kernel] = inputs.map((operand, i) =>
      isMapped[i] === true ? operand : b.reshape(operand, [1, ...operand.shape]),
    )
    if (x === undefined || kernel === undefined) return []
    const attrs = { axes: axes.map(behindNewAxis), mode, sumOver: sumOver.map(behindNewAxis) }
    return [b.fftConv(attrs, x, kernel)]
  },
  lower: { skeleton: 'slide', nest: (attrs, inputs) => directNest(attrs, inputs) },
  keepWhole: (attrs, inputs) => chooseConvolution(attrs, inputs).algorithm === 'direct',
  cost: (attrs, inputs) => {
    const { algorithm, flops } = chooseConvolution(attrs, inputs)
    return { flops: algorithm === 'direct' ? flops.direct : flops.transform }
  },
  samples: [
    {
      attrs: { axes: [0], mode: 'causal', sumOver: [] },
      inputs: [
        { shape: ['n'], dtype: 'f32', domain: 'any' },
        { shape: ['n'], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { axes: [1, 2], mode: 'causal', sumOver: [] },
      inputs: [
        { shape: ['b', 'n', 'm', 'c'], dtype: 'f32', domain: 'any' },
        { shape: [1, 'n', 'm', 'c'], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { axes: [-2], mode: 'circular', sumOver: [0] },
      inputs: [
        { shape: ['b', 'n', 'c'], dtype: 'f32', domain: 'any' },
        { shape: ['b', 'n', 1], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { axes: [0, 1], mode: 'circular', sumOver: [2] },
      inputs: [
        { shape: ['n', 'm', 'c'], dtype: 'f32', domain: 'any' },
        { shape: ['n', 'm', 1], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { axes: [1], mode: 'causal', sumOver: [0] },
      inputs: [
        { shape: [1, 'n'], dtype: 'f32', domain: 'any' },
        { shape: ['b', 'n'], dtype: 'f32', domain: 'any' },
      ],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['bilinear'],
})

/** Options of `fftConv`. */
export interface ConvolutionOptions<Axes extends readonly number[], SumOver extends readonly number[]> {
  /** The axes convolved over jointly, which may count from the end. */
  readonly axes: Axes
  /** 'causal' unless stated. */
  readonly mode?: 'causal' | 'circular'
  /** Axes summed over afterwards and kept with size 1; none unless stated. */
  readonly sumOver?: SumOver
}

/**
 * x convolved with a kernel of its rank and as many taps as x has points: `pipe(x, fftConv(kernel, { axes: [1, 2] }))`.
 * @throws TraceFailure with a ShapeError where ranks, taps or the other axes do not fit.
 */
export const fftConv =
  <
    K extends Shape,
    const Axes extends readonly number[],
    const SumOver extends readonly number[] = readonly [],
  >(
    kernel: Tensor<K, 'f32'>,
    { axes, mode = 'causal', sumOver }: ConvolutionOptions<Axes, SumOver>,
  ) =>
  <X extends Shape>(
    x: Tensor<X, 'f32'> & ConvolutionOperandsCheck<X, K, Axes, SumOver>,
  ): Tensor<ConvolvedShape<X, K, SumOver>, 'f32'> =>
    typedResult(apply1(fftConvOp, { axes, mode, sumOver: sumOver ?? [] }, [x, kernel]))
