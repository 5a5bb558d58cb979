/**
 * Which algorithm a long convolution takes on the simd target, and why. Times are those of one core of an Intel Xeon
 * (Sapphire Rapids) under V8 11.3, measured end to end: README.md, section «Long convolutions».
 *
 * The transform as a matrix product is not among them: on a grid of n by n it takes some 24 n³ multiply-adds an image where
 * the direct sum takes n⁴/4, so it would not be ahead below n = 96, where radix 4 is ten times as fast.
 */
import type { GridAxis } from './convolution-sum.js'

/** Nanoseconds of a multiply-add of four lanes in the direct sum, by the outputs held in registers. */
const MULTIPLY_ADD = { 4: 0.23, 8: 0.17 } as const
/** Nanoseconds to begin a line of taps on a block of outputs. */
const LINE_OF_TAPS = 0.8
/** Nanoseconds of a point of four lanes that is read, and of one that is stored. */
const POINT_READ = 0.4
const POINT_STORED = 0.6
/** Nanoseconds of a complex point of four lanes and a doubling of the transform's length, all stages and products included. */
const DOUBLING = 0.38
/** What a point of a length with a factor 3 costs more. */
const WITH_THREE = 1.1
/** Nanoseconds more of a point of four lanes, where both factors are one complex number. */
const EVENED_OUT = 1.8

/** One axis of the grid. */
export type ConvolvedAxis = Pick<GridAxis, 'size' | 'circular'>

export interface ConvolutionCounts {
  /** Outermost first. */
  readonly grid: readonly ConvolvedAxis[]
  /** Grids of results, each of four lanes. */
  readonly results: number
  /** Products that are summed in each result. */
  readonly summed: number
  /** Filters of four lanes that serve several results each; 0 where each product has a filter of its own. */
  readonly filters: number
}

export interface ConvolutionChoice {
  readonly algorithm: 'direct' | 'fft'
  /** Expected of one core, of both. */
  readonly nanoseconds: { readonly direct: number; readonly fft: number }
  /** One sentence with both times. */
  readonly reason: string
}

/** One axis of the transforms. */
export interface Line {
  /** Points of the grid. */
  readonly size: number
  /** Points of the transform: a power of two, or three times one. */
  readonly length: number
  /** The signal runs on before its start with its end. */
  readonly extended: boolean
  /** Whether all after the first half is 0 in the filter, is 0 in the signal, and is not asked for in the result. */
  readonly halfFilter: boolean
  readonly halfSignal: boolean
  readonly halfOut: boolean
}

/** The least length of a transform that holds so many points: 1, 2^k or 6 · 2^k. */
const goodLength = (least: number): number => {
  const power = 2 ** Math.ceil(Math.log2(least))
  const other = (power / 4) * 3
  return power >= 8 && other >= least ? other : power
}

/** A circular axis of another length than a transform has is a linear one with the signal's end before its start. */
export const lineOf = ({ size, circular }: ConvolvedAxis): Line => {
  const isWhole = circular && goodLength(size) === size
  const length = isWhole ? size : goodLength(2 * size - 1)
  const half = 2 * size <= length
  const extended = circular && !isWhole
  return { size, length, extended, halfFilter: half, halfSignal: half && !extended, halfOut: half }
}

type Block = keyof typeof MULTIPLY_ADD

/** Nanoseconds of a line of taps on a line of the source, all blocks of it. */
const lineOfTaps = ({ size, circular }: ConvolvedAxis, block: Block): number => {
  const blocks = Math.ceil(size / block)
  const taken = circular
    ? size * blocks * block
    : (block * block * blocks * (blocks - 1)) / 2 + (blocks * block * (block + 1)) / 2
  return MULTIPLY_ADD[block] * taken + LINE_OF_TAPS * blocks
}

/** Outputs along the innermost axis that stay in registers: eight keep both multipliers busy, four waste less of a short axis. */
export const blockOf = (inner: ConvolvedAxis): Block => (lineOfTaps(inner, 4) < lineOfTaps(inner, 8) ? 4 : 8)

const productOf = (numbers: readonly number[]): number => numbers.reduce((total, n) => total * n, 1)

/** Nanoseconds of all taps of one grid. */
const allTaps = (grid: readonly ConvolvedAxis[]): number =>
  productOf(
    grid.map((axis, i) =>
      i === grid.length - 1
        ? lineOfTaps(axis, blockOf(axis))
        : axis.circular
          ? axis.size ** 2
          : (axis.size * (axis.size + 1)) / 2,
    ),
  )

/** Points times doublings of one transform of the grid, without the lines known to be zero or not asked for. */
const doublings = (grid: readonly ConvolvedAxis[]): number => {
  const lines = grid.map(lineOf)
  // Of an extended line all points are there on the way in.
  const taken = ({ size, length, extended }: Line): number => (extended ? (size + length) / 2 : size)
  return lines.reduce((sum, { length }, axis) => {
    const around = lines.map((line, i) => (i === axis ? 1 : i < axis ? taken(line) : line.length))
    const weight = length % 3 === 0 ? WITH_THREE : 1
    return sum + productOf(around) * length * Math.max(Math.log2(length), 1) * weight
  }, 0)
}

const printed = (nanoseconds: number): string =>
  nanoseconds >= 1e6 ? `${(nanoseconds / 1e6).toFixed(2)} ms` : `${(nanoseconds / 1e3).toFixed(1)} µs`

/** The algorithm for a long convolution on the simd target, by the time expected of one core. */
export const convolutionChoice = ({
  grid,
  results,
  summed,
  filters,
}: ConvolutionCounts): ConvolutionChoice => {
  const points = productOf(grid.map(({ size }) => size))
  const products = results * summed
  const operands = products + (filters > 0 ? filters : products)
  const ends = POINT_READ * operands * points + POINT_STORED * results * points
  const direct = products * allTaps(grid) + ends
  // Two results share the transforms of one complex grid; a filter of its own is the other half of one.
  const transforms = filters > 0 ? filters + 2 * Math.ceil(results / 2) : products + results
  const evened = filters > 0 ? 0 : EVENED_OUT * products * points
  const fft = DOUBLING * transforms * doublings(grid) + ends + evened
  const algorithm = direct <= fft ? 'direct' : 'fft'
  const sides = grid.map(({ size, circular }) => `${size}${circular ? ' circular' : ''}`).join(', ')
  const lengths = grid.map((axis) => lineOf(axis).length).join('×')
  return {
    algorithm,
    nanoseconds: { direct, fft },
    reason: `${results} × 4 results on [${sides}]: ${printed(direct)} directly, ${printed(fft)} by ${transforms} transforms of ${lengths} points; so ${algorithm === 'direct' ? 'the direct sum' : 'the spectra'}`,
  }
}
