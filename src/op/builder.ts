/**
 * The names by which derivative rules and expansions call other ops, so that op files do not import each
 * other in circles. Shapes are those of run time; the typed combinators are for users.
 */
import type { Tensor } from '../ir/tensor.js'
import type { AttentionOperands } from './composite/attention-operands.js'
import type { ScanAttributes } from './control/loop.js'
import type { AxisPair } from '../shape/diagonal.js'
import type { ConvolutionAttributes } from '../shape/convolution.js'
import type { DType, Dim, Shape } from '../shape/dim.js'
import type { PadWidth } from '../shape/pad.js'
import type { PoolAttributes } from '../shape/pool.js'

type Unary = (x: Tensor) => Tensor
type Binary = (x: Tensor, y: Tensor) => Tensor

export interface FftConvAttributes {
  /** The axes convolved over. */
  readonly axes: readonly number[]
  readonly mode: 'causal' | 'circular'
  /** Axes summed over after the convolution (kept with size 1): the filter's gradient sums over the batch. */
  readonly sumOver: readonly number[]
}

export interface ScatterAddAttributes {
  readonly axis: number
  readonly batchAxes: number
  /** What an index outside stands for. */
  readonly outside: 'nearest' | 'none'
  readonly size: Dim
}

/** Options of cumulative sums and products. */
export interface CumulativeOptions {
  /** Up to an element without itself. Default false. */
  readonly exclusive?: boolean
  /** From the end. Default false. */
  readonly reverse?: boolean
}

export interface Builder {
  // whole expressions: what the rules of an op that holds a graph need to apply the rules of what is in it
  /** Cotangents of `variables`, each an output of its own node, from cotangents of `results`. */
  readonly pullBack: (
    results: readonly Tensor[],
    cotangents: readonly Tensor[],
    variables: readonly Tensor[],
  ) => readonly Tensor[]
  /** Tangents of `results` from tangents of `variables`, each an output of its own node; null is zero. */
  readonly pushForward: (
    results: readonly Tensor[],
    variables: readonly Tensor[],
    tangents: readonly (Tensor | null)[],
  ) => readonly (Tensor | null)[]
  /**
   * `results` for all places of a new first axis of this size at once, from `stacked`, which stand for `variables` at
   * all places; each variable is an output of its own node. A result that depends on none of them is repeated.
   */
  readonly mapOver: (
    results: readonly Tensor[],
    variables: readonly Tensor[],
    stacked: readonly Tensor[],
    size: Dim,
  ) => readonly Tensor[]

  /** `passing`, unchanged, for what is to be computed only after `others`, and merged with nothing before. */
  readonly barrier: (passing: readonly Tensor[], others: readonly Tensor[]) => readonly Tensor[]

  // leaf
  readonly constant: (value: number, shape?: Shape, dtype?: DType) => Tensor
  readonly table: (values: Float64Array, shape: readonly number[]) => Tensor
  readonly zerosLike: Unary
  readonly onesLike: Unary
  readonly iota: (shape: readonly number[], axis: number, dtype?: DType) => Tensor

  // control
  readonly scan: (attrs: ScanAttributes, operands: readonly Tensor[]) => readonly Tensor[]

  // elementwise; operands broadcast as in NumPy
  readonly identity: Unary
  readonly stopGradient: Unary
  readonly neg: Unary
  readonly exp: Unary
  readonly log: Unary
  readonly sqrt: Unary
  readonly rsqrt: Unary
  readonly sin: Unary
  readonly cos: Unary
  readonly tanh: Unary
  readonly erf: Unary
  readonly sigmoid: Unary
  readonly gelu: Unary
  readonly relu: Unary
  readonly abs: Unary
  readonly sign: Unary
  readonly reciprocal: Unary
  readonly floor: Unary
  readonly ceil: Unary
  readonly round: Unary
  readonly expm1: Unary
  readonly log1p: Unary
  readonly square: Unary
  readonly softplus: Unary
  readonly silu: Unary
  readonly not: Unary
  readonly isNaN: Unary
  /** A bool or an i24 as f32: 0 or 1, or the integer. */
  readonly toFloat: Unary
  readonly add: Binary
  readonly sub: Binary
  readonly mul: Binary
  readonly div: Binary
  readonly maximum: Binary
  readonly minimum: Binary
  readonly less: Binary
  readonly lessEqual: Binary
  readonly greater: Binary
  readonly greaterEqual: Binary
  readonly equal: Binary
  readonly notEqual: Binary
  readonly mod: Binary
  readonly pow: Binary
  readonly and: Binary
  readonly or: Binary
  readonly atan2: Binary
  /** min(max(x, low), high) */
  readonly clamp: (x: Tensor, low: Tensor, high: Tensor) => Tensor
  readonly select: (condition: Tensor, whenTrue: Tensor, whenFalse: Tensor) => Tensor

  // reduce; axes may be negative
  readonly sum: (x: Tensor, axes: readonly number[], keepDims?: boolean) => Tensor
  readonly mean: (x: Tensor, axes: readonly number[], keepDims?: boolean) => Tensor
  readonly max: (x: Tensor, axes: readonly number[], keepDims?: boolean) => Tensor
  readonly min: Builder['max']
  readonly prod: Builder['sum']
  readonly any: Builder['sum']
  readonly all: Builder['sum']
  readonly logSumExp: Builder['sum']
  readonly variance: (
    x: Tensor,
    axes: readonly number[],
    options?: { readonly keepDims?: boolean; readonly correction?: 0 | 1 },
  ) => Tensor
  /** The place (i24) of the first largest element along an axis. */
  readonly argmax: (x: Tensor, axis: number, keepDims?: boolean) => Tensor
  readonly argmin: Builder['argmax']
  readonly cumsum: (x: Tensor, axis: number, options?: CumulativeOptions) => Tensor
  readonly cumprod: Builder['cumsum']
  /** Sums over the axes along which `shape` was broadcast to the shape of x. */
  readonly sumTo: (x: Tensor, shape: Shape) => Tensor

  // linear
  /** Einstein summation, as in `einsum('bij,bjk->bik', a, b)`; every letter is one axis, none twice in an operand. */
  readonly einsum: (pattern: string, x: Tensor, y: Tensor) => Tensor
  readonly matmul: Binary
  /** x [batch, ...spatial, inputs], kernel [...taps, inputs / groups, outputs]; cross-correlation. */
  readonly convolution: (attrs: ConvolutionAttributes, x: Tensor, kernel: Tensor) => Tensor
  /** The first tap of each window of x whose element is that of y, the result of maxPool. */
  readonly poolTap: (attrs: PoolAttributes, x: Tensor, y: Tensor) => Tensor
  /** The element of each window of x at a tap. */
  readonly readTap: (attrs: PoolAttributes, x: Tensor, taps: Tensor) => Tensor
  /** The transpose of readTap: each value added at its window's tap, to spatial axes of `sizes`. */
  readonly spreadTap: (attrs: PoolAttributes, values: Tensor, taps: Tensor, sizes: Shape) => Tensor

  // view
  readonly reshape: (x: Tensor, shape: Shape) => Tensor
  readonly permute: (x: Tensor, order: readonly number[]) => Tensor
  /** x with one axis at another place, the others in their order; both counted from 0. */
  readonly moveAxis: (x: Tensor, from: number, to: number) => Tensor
  readonly broadcast: (x: Tensor, shape: Shape) => Tensor
  /** Elements start, start + step, … before end of each axis; steps of 1 unless stated. */
  readonly slice: (x: Tensor, start: readonly number[], end: Shape, step?: readonly number[]) => Tensor
  /** `value` before and after each axis, where a negative count crops, and between its elements by a third count. */
  readonly pad: (x: Tensor, widths: readonly PadWidth[], value?: number) => Tensor
  /** Zeros after axes that are shorter than in `shape`, the end cut off longer ones; names are allowed. */
  readonly cropOrPad: (x: Tensor, shape: Shape) => Tensor
  readonly flip: (x: Tensor, axes: readonly number[]) => Tensor
  /** Element i of each of the axes goes to (i + shift) mod size. */
  readonly roll: (x: Tensor, shifts: readonly number[], axes: readonly number[]) => Tensor
  /** A diagonal of two axes, which leave; it becomes the last axis. */
  readonly diagonal: (x: Tensor, offset: number, axes: AxisPair) => Tensor
  /** The last axis of x on a diagonal of two new axes, of the given sizes and places in the result. */
  readonly diagonalMatrix: (
    x: Tensor,
    offset: number,
    sizes: readonly [rows: Dim, columns: Dim],
    axes: AxisPair,
  ) => Tensor
  /** Windows of `size` elements of an axis, one every `step`; their elements are a new last axis. */
  readonly windows: (x: Tensor, size: number, step: number, axis: number) => Tensor
  /** The elements of the last two axes on one side of a diagonal, 0 elsewhere. */
  readonly triangle: (x: Tensor, part: 'lower' | 'upper', offset: number) => Tensor
  readonly concat: (xs: readonly Tensor[], axis: number) => Tensor

  // index
  /**
   * Rows of x along `axis` by an i24 tensor: the axis is replaced by the axes of `indices` behind the `batchAxes` that
   * both share (none unless stated). An index outside stands for the nearest row, or for zeros.
   */
  readonly gather: (
    x: Tensor,
    indices: Tensor,
    axis: number,
    batchAxes?: number,
    outside?: ScatterAddAttributes['outside'],
  ) => Tensor
  /** Rows of updates added into `size` places along an axis: the transpose of gather. */
  readonly scatterAdd: (attrs: ScatterAddAttributes, updates: Tensor, indices: Tensor) => Tensor
  /** The places of the elements along `axis` in stable sorted order, NaN last. */
  readonly argsort: (x: Tensor, axis: number, descending?: boolean) => Tensor
  readonly sort: (x: Tensor, axis: number, descending?: boolean) => Tensor
  /** The k largest along `axis`, largest first, and their places. */
  readonly topK: (x: Tensor, k: number, axis: number) => readonly [values: Tensor, places: Tensor]
  /** A new last axis of size `classes`, 1 where it equals the label. */
  readonly oneHot: (labels: Tensor, classes: number) => Tensor

  // signal; a spectrum is a pair of real planes
  readonly rfft: (
    x: Tensor,
    axes: readonly number[],
    lengths: readonly number[],
  ) => readonly [re: Tensor, im: Tensor]
  readonly irfft: (re: Tensor, im: Tensor, axes: readonly number[], lengths: readonly number[]) => Tensor
  readonly fft: (
    re: Tensor,
    im: Tensor,
    axes: readonly number[],
    lengths: readonly number[],
  ) => readonly [re: Tensor, im: Tensor]
  readonly ifft: Builder['fft']
  readonly fftConv: (attrs: FftConvAttributes, x: Tensor, kernel: Tensor) => Tensor

  // random; a key is i24[4], two 32-bit words as 16-bit halves, high half first
  /** Integers below 2^24, as i24. */
  readonly randomBits: (key: Tensor, shape: Shape) => Tensor
  readonly split: (key: Tensor, count: number) => Tensor
  /** The key of branch `word`, a 32-bit integer. */
  readonly foldIn: (key: Tensor, word: number) => Tensor
  /** The key of a step, an i24[] known when the program runs. */
  readonly foldInStep: (key: Tensor, step: Tensor) => Tensor
  readonly uniform: (key: Tensor, shape: Shape) => Tensor
  readonly normal: (key: Tensor, shape: Shape) => Tensor
  readonly bernoulli: (key: Tensor, shape: Shape, probability: number) => Tensor

  // composite
  readonly softmax: (x: Tensor, axis: number) => Tensor
  readonly logSoftmax: (x: Tensor, axis: number) => Tensor
  /** Over the last axis. */
  readonly layerNorm: (x: Tensor, scale: Tensor, shift: Tensor, epsilon: number) => Tensor
  /** The loss of each element: logits and targets of one shape. */
  readonly binaryCrossEntropy: Binary
  readonly rmsNorm: (x: Tensor, scale: Tensor, epsilon: number) => Tensor
  /** softmax(scale·q·kᵀ + bias)·v: q [..., T, D], k [..., S, D], v [..., S, E], bias and bool mask to [..., T, S]. */
  readonly attention: (q: Tensor, k: Tensor, v: Tensor, scale: number, bias?: Tensor, mask?: Tensor) => Tensor
  /** The cotangents of q, k, v and bias, if any, of attention, from that of its result. */
  readonly attentionGradient: (
    operands: AttentionOperands<Tensor>,
    g: Tensor,
    scale: number,
  ) => readonly Tensor[]
  /** The loss of each example: logits [..., classes], labels i24 [...]. */
  readonly crossEntropy: (logits: Tensor, labels: Tensor, smoothing: number) => Tensor
}
