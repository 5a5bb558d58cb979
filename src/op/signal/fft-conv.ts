import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Index, Scalar } from '../../ir/scalar.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import { broadcastShapes } from '../../shape/broadcast.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sizeOf, stridesOf } from '../../shape/dim.js'
import type { ConvolutionOperandsCheck, ConvolvedShape } from '../../shape/signal.js'
import type { Builder, FftConvAttributes } from '../builder.js'
import type { LoopNest, NdArray } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { binary, indexConst, indexSum, offset, remainder } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { chooseConvolution, transformLength } from './convolution-cost.js'
import { frontAxes } from './fourier-attributes.js'
import { fromStackedSpectrum, sizesOf, stackedSpectrum } from './real-transform.js'
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
  const front = frontAxes(axes, rank)
  const named = [...front, ...frontAxes(sumOver, rank)]
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
  const summed = frontAxes(sumOver, rank)
  return E.right([{ shape: shape.right.map((dim, axis) => (summed.includes(axis) ? 1 : dim)), dtype: 'f32' }])
}

/** The sizes x and the kernel broadcast to, before anything is summed. */
const fullShape = (x: readonly number[], kernel: readonly number[]): readonly number[] =>
  x.map((size, axis) => (size === 1 ? (kernel[axis] ?? 1) : size))

/** Strides with which an operand is read at coordinates of the full shape. */
const readStrides = (shape: readonly number[]): readonly number[] => {
  const strides = stridesOf(shape)
  return shape.map((size, axis) => (size === 1 ? 0 : (strides[axis] ?? 0)))
}

/** All coordinates of a shape, row-major. */
const coordinatesOf = (shape: readonly number[]): readonly (readonly number[])[] =>
  shape.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i])),
    [[]],
  )

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, x, i) => total + x * (b[i] ?? 0), 0)

/** The defining sum, for every position of the grid and every combination of the other axes. */
const evaluateFftConv = ({ axes, mode, sumOver }: Attrs, x: NdArray, kernel: NdArray): NdArray => {
  const rank = x.shape.length
  const front = frontAxes(axes, rank)
  const summed = frontAxes(sumOver, rank)
  const full = fullShape(x.shape, kernel.shape)
  const shape = full.map((size, axis) => (summed.includes(axis) ? 1 : size))
  const [fromX, fromKernel, toOut] = [readStrides(x.shape), readStrides(kernel.shape), readStrides(shape)]
  const grid = front.map((axis) => full[axis] ?? 1)
  const along = (strides: readonly number[]): readonly number[] => front.map((axis) => strides[axis] ?? 0)
  const [gridX, gridKernel, gridOut] = [along(fromX), along(fromKernel), along(toOut)]
  const points = coordinatesOf(grid)
  // Pairs of positions relative to the start of a grid, the same for every other coordinate.
  const pairs = points.map((i) =>
    points.flatMap((a) => {
      if (mode === 'causal' && a.some((tap, axis) => tap > (i[axis] ?? 0))) return []
      const source = a.map((tap, axis) => ((i[axis] ?? 0) - tap + (grid[axis] ?? 1)) % (grid[axis] ?? 1))
      return [dot(a, gridKernel), dot(source, gridX)]
    }),
  )
  const data = new Float64Array(sizeOf(shape))
  for (const at of coordinatesOf(
    full.map((size, axis) => (front.includes(axis) ? Math.min(size, 1) : size)),
  )) {
    const [startX, startKernel, startOut] = [dot(at, fromX), dot(at, fromKernel), dot(at, toOut)]
    points.forEach((i, point) => {
      const own = pairs[point] ?? []
      let total = 0
      for (let pair = 0; pair < own.length; pair += 2)
        total +=
          (kernel.data[startKernel + (own[pair] ?? 0)] ?? Number.NaN) *
          (x.data[startX + (own[pair + 1] ?? 0)] ?? Number.NaN)
      const out = startOut + dot(i, gridOut)
      data[out] = (data[out] ?? 0) + total
    })
  }
  return { shape, data }
}

/** The direct sum as one loop nest: loops over the taps, of which a causal output has coordinate + 1, then over what is summed. */
const directNest = (
  { axes, mode, sumOver }: Attrs,
  [x = [], kernel = []]: readonly (readonly number[])[],
): LoopNest => {
  const front = frontAxes(axes, x.length)
  const full = fullShape(x, kernel)
  const summed = frontAxes(sumOver, x.length).filter((axis) => full[axis] !== 1)
  const loopAxes = [...front, ...summed]
  const coordinate = (at: readonly Index[], counters: readonly Index[], axis: number): Index =>
    (summed.includes(axis) ? counters[loopAxes.indexOf(axis)] : at[axis]) ?? indexConst(0)
  const sourceIndex = (at: Index, tap: Index, size: number): Index => {
    const back = indexSum(0, [1, at], [-1, tap])
    return mode === 'causal' ? back : remainder(back, Math.max(size, 1))
  }
  return {
    loops: (at) =>
      loopAxes.map((axis) => ({
        size: full[axis] ?? 1,
        ...(mode === 'causal' && front.includes(axis)
          ? { extent: offset(at[axis] ?? indexConst(0), 1) }
          : {}),
      })),
    combine: 'sum',
    body: ({ at, counters, read }): Scalar => {
      const tap = (axis: number): Index => counters[front.indexOf(axis)] ?? indexConst(0)
      const elsewhere = (shape: readonly number[], axis: number): Index =>
        shape[axis] === 1 ? indexConst(0) : coordinate(at, counters, axis)
      const kernelAt = kernel.map((_, axis) => (front.includes(axis) ? tap(axis) : elsewhere(kernel, axis)))
      const xAt = x.map((size, axis) =>
        front.includes(axis) ? sourceIndex(at[axis] ?? indexConst(0), tap(axis), size) : elsewhere(x, axis),
      )
      return binary('mul', read(1, kernelAt), read(0, xAt))
    },
  }
}

/** The product of spectra: transform both, multiply, sum, transform back, all with the parts stacked on a leading axis. */
const expandFftConv = (b: Builder, { axes, mode, sumOver }: Attrs, x: Tensor, kernel: Tensor): Tensor => {
  const sizes = sizesOf('fftConv', x.shape)
  const rank = sizes.length
  const front = frontAxes(axes, rank)
  const grid = front.map((axis) => sizes[axis] ?? 1)
  const lengths = grid.map((n) => transformLength(mode, n))
  const [xs, ks] = [stackedSpectrum(b, x, front, lengths), stackedSpectrum(b, kernel, front, lengths)]
  const part = (which: 0 | 1): Tensor =>
    b.slice(ks.tensor, [which, ...ks.shape.map(() => 0)], [which + 1, ...ks.shape])
  const signs = b.table(Float64Array.of(-1, 1), [2, ...sizes.map(() => 1)])
  const both = b.add(b.mul(xs.tensor, part(0)), b.mul(b.mul(b.flip(xs.tensor, [0]), part(1)), signs))
  const summed = frontAxes(sumOver, rank)
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
  const front = frontAxes(axes, own.shape.length)
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
    x === undefined || kernel === undefined ? [] : [evaluateFftConv(attrs, x, kernel)],
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
