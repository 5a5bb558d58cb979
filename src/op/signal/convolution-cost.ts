/**
 * Which algorithm a long convolution takes, and why: the direct sum over the taps as one loop nest, or the
 * product of spectra, whose transforms are either defining sums (small grids) or mixed-radix.
 *
 * Flops are counted of what would run: causal taps are half a grid an axis, and each operand is transformed
 * once, so that a kernel shared by the whole batch costs next to nothing. A flop of the transforms is
 * charged half of one of the direct sum, whose loops end at a different tap for every output: measured on
 * gpu.js 2.24.1 with two cores, 0.5 Gflop/s against 1.5 on webasm, 0.4 against 0.5 on cpu. On webasm and
 * 16×16 both took the same time, on 32×32 the spectra half, on 48×48 a fifth. Their launches, about ten
 * more, are charged besides.
 */
import type { Shape, TensorType } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import { axesFromFront } from '../../shape/permute.js'
import type { FftConvAttributes } from '../builder.js'
import { halfLength } from './fourier-attributes.js'
import { gridFlops } from './fourier-cost.js'
import { goodLength, isDirectReal, planLine, printPlan, printRealPlan } from './radix-plan.js'

/** What a flop of the transforms costs against one of the direct sum. */
const TRANSFORM_WEIGHT = 0.5
/** What the transforms' further launches cost, in flops of the direct sum. */
const TRANSFORM_LAUNCHES = 200_000

/** A product of two complex numbers, added to a sum. */
const COMPLEX_PRODUCT = 8

export interface ConvolutionChoice {
  /** 'dft' is 'fft' where every axis is short enough for one contraction. */
  readonly algorithm: 'direct' | 'fft' | 'dft'
  readonly flops: { readonly direct: number; readonly transform: number }
  /** Points of the transforms along each axis. */
  readonly lengths: readonly number[]
  /** One sentence with both counts. */
  readonly reason: string
}

/** Points that a convolution of n along one axis needs: twice as many where it must not wrap around, and never none. */
export const transformLength = (mode: FftConvAttributes['mode'], n: number): number =>
  mode === 'circular' ? Math.max(n, 1) : goodLength(2 * n - 1)

/** Taps of one output, on average over a causal grid. */
const tapsOf = (mode: FftConvAttributes['mode'], n: number): number => (mode === 'circular' ? n : (n + 1) / 2)

const productOf = (numbers: readonly number[]): number => numbers.reduce((total, n) => total * n, 1)

const rest = (shape: Shape, axes: readonly number[]): number =>
  sizeOf(shape.filter((_, axis) => !axes.includes(axis)))

/** A count with three digits: `1.23e6` as `1.23 M`. */
const printFlops = (flops: number): string =>
  flops >= 1e9
    ? `${(flops / 1e9).toFixed(2)} G`
    : flops >= 1e6
      ? `${(flops / 1e6).toFixed(2)} M`
      : `${(flops / 1e3).toFixed(1)} k`

/** The algorithm for a convolution of two operands of concrete shapes. */
export const chooseConvolution = (
  { axes, mode, sumOver }: FftConvAttributes,
  [x, kernel]: readonly TensorType[],
): ConvolutionChoice => {
  const [xShape, kernelShape] = [x?.shape ?? [], kernel?.shape ?? []]
  const front = axesFromFront(axes, xShape.length)
  const grid = front.map((axis) => Number(xShape[axis] ?? 1))
  const full = xShape.map((dim, axis) => (dim === 1 ? (kernelShape[axis] ?? 1) : dim))
  const summed = axesFromFront(sumOver, xShape.length)
  const out = full.map((dim, axis) => (summed.includes(axis) ? 1 : dim))
  const lengths = grid.map((n) => transformLength(mode, n))

  const direct = 2 * sizeOf(full) * productOf(grid.map((n) => tapsOf(mode, n)))
  const bins = productOf(lengths.map((length, i) => (i === lengths.length - 1 ? halfLength(length) : length)))
  const transforms = rest(xShape, front) + rest(kernelShape, front) + rest(out, front)
  const transform = transforms * gridFlops(lengths, grid) + COMPLEX_PRODUCT * bins * rest(full, front)

  const isDirect = direct <= TRANSFORM_WEIGHT * transform + TRANSFORM_LAUNCHES
  const short = lengths.every((length, i) =>
    i === lengths.length - 1 ? isDirectReal(length) : planLine(length).kind === 'direct',
  )
  const counts = `${printFlops(direct)}flop directly, ${printFlops(transform)}flop by transforms of ${lengths.map((n, i) => (i === lengths.length - 1 ? printRealPlan(n) : printPlan(planLine(n)))).join(' by ')} points`
  return {
    algorithm: isDirect ? 'direct' : short ? 'dft' : 'fft',
    flops: { direct, transform },
    lengths,
    reason: `${mode} convolution on [${grid.join(', ')}]: ${counts}, each weighted ${TRANSFORM_WEIGHT}, plus launches; so ${isDirect ? 'the direct sum' : 'the spectra'}`,
  }
}
