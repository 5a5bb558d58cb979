/**
 * Single operations and their gradients, of any size. Gradients are those of Σ y ⊙ g for a constant g; the value of y
 * is not asked for.
 */
import { pipe } from 'fp-ts/lib/function.js'
import { grad } from '../../grad/vjp.js'
import type { Tensor } from '../../ir/tensor.js'
import { attention } from '../../op/composite/attention.js'
import { layerNorm } from '../../op/composite/layer-norm.js'
import { softmax } from '../../op/composite/softmax.js'
import { abs } from '../../op/elementwise/abs.js'
import { add } from '../../op/elementwise/add.js'
import { gelu } from '../../op/elementwise/gelu.js'
import { mul } from '../../op/elementwise/mul.js'
import { relu } from '../../op/elementwise/relu.js'
import { sub } from '../../op/elementwise/sub.js'
import { filled } from '../../op/leaf/constant.js'
import { einsum, matmul } from '../../op/linear/contract.js'
import { sum } from '../../op/reduce/sum.js'
import { fftConv } from '../../op/signal/fft-conv.js'
import { gaussian } from './values.js'
import type { Work } from './work.js'
import { computation } from './work.js'

type Matrix = Tensor<readonly [number, number], 'f32'>
type Images = Tensor<readonly [number, number, number, number], 'f32'>
type Vector = Tensor<readonly [number], 'f32'>

/** x [rows, inner] · w [inner, columns] */
export const matrixProduct = (rows: number, inner: number, columns: number): Work =>
  computation([gaussian(1, [rows, inner]), gaussian(2, [inner, columns])], (x: Matrix, w: Matrix) =>
    pipe(x, matmul(w)),
  )

/** q [batch, tokens, width] · kᵀ */
export const attentionScores = (batch: number, tokens: number, width: number): Work =>
  computation(
    [gaussian(1, [batch, tokens, width]), gaussian(2, [batch, tokens, width])],
    (q: Tensor<readonly [number, number, number], 'f32'>, k: typeof q) => pipe(q, einsum('bqd,bkd->bqk')(k)),
  )

/** Channels first, as the peers have it: x [batch, channels, side, side], one filter a channel, as long as the grid. */
const convolved = ({ x, h }: { readonly x: Images; readonly h: Images }): Images =>
  pipe(x, fftConv(h, { axes: [2, 3] }))

const signalAndFilter = (batch: number, channels: number, side: number) => ({
  x: gaussian(1, [batch, channels, side, side]),
  h: gaussian(2, [1, channels, side, side], 0.1),
})

export const longConvolution = (batch: number, channels: number, side: number): Work =>
  computation([signalAndFilter(batch, channels, side)], convolved)

/** Gradients of the signal and of the filter. */
export const longConvolutionGradients = (batch: number, channels: number, side: number): Work =>
  computation(
    [signalAndFilter(batch, channels, side), gaussian(3, [batch, channels, side, side])],
    (operands, g) => grad((of: typeof operands) => pipe(convolved(of), mul(g), sum()))(operands),
  )

/** Gradients of queries, keys and values [batch, heads, tokens, width]. */
export const attentionGradients = (batch: number, heads: number, tokens: number, width: number): Work => {
  const shape = [batch, heads, tokens, width] as const
  return computation(
    [{ q: gaussian(1, shape), k: gaussian(2, shape), v: gaussian(3, shape) }, gaussian(4, shape)],
    (operands, g) =>
      grad(({ q, k, v }: typeof operands) => pipe(q, attention(k, v), mul(g), sum()))(operands),
  )
}

/** Ten elementwise operations, one after another. */
export const elementwiseChain = (size: number): Work =>
  computation([gaussian(1, [size])], (x: Vector) =>
    pipe(x, mul(1.01), add(0.1), mul(x), sub(0.5), relu, mul(0.7), add(x), abs, mul(0.3), add(0.2)),
  )

/** x·Φ(x) with the exact Φ. */
export const geluOf = (size: number): Work => computation([gaussian(1, [size])], (x: Vector) => gelu(x))

/** Over the last axis. */
export const softmaxOf = (rows: number, columns: number): Work =>
  computation([gaussian(1, [rows, columns])], (x: Matrix) => pipe(x, softmax(-1)))

interface Normalised {
  readonly x: Matrix
  readonly scale: Vector
  readonly shift: Vector
}

const rowsAndParameters = (rows: number, columns: number): Normalised => ({
  x: gaussian(1, [rows, columns]),
  scale: filled(1, [columns]),
  shift: filled(0, [columns]),
})

const EPSILON = 1e-5
const normalised = ({ x, scale, shift }: Normalised): Matrix =>
  pipe(x, layerNorm(scale, shift, { epsilon: EPSILON }))

/** Over the last axis, with scale and shift. */
export const layerNormOf = (rows: number, columns: number): Work =>
  computation([rowsAndParameters(rows, columns)], normalised)

/** Gradients of rows, scale and shift. */
export const layerNormGradients = (rows: number, columns: number): Work =>
  computation([rowsAndParameters(rows, columns), gaussian(3, [rows, columns])], (operands, g) =>
    grad((of: Normalised) => pipe(normalised(of), mul(g), sum()))(operands),
  )
