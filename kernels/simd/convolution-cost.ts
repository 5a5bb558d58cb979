/**
 * Which algorithm a long convolution takes on the simd target, and why. Times are those of one core of an Intel Xeon
 * (Sapphire Rapids) under V8 11.3, measured end to end: README.md, section «Long convolutions».
 *
 * The transform as a matrix product is not among them: on a grid of n by n it takes some 24 n³ multiply-adds an image where
 * the direct sum takes n⁴/4, so it would not be ahead below n = 96, where radix 4 is ten times as fast.
 */
import type { GridAxis } from './convolution-sum.js'

/** Nanoseconds of a multiply-add of four lanes in the direct sum. */
const MULTIPLY_ADD = 0.17
/** Nanoseconds of a point of four lanes that is read, and of one that is stored. */
const POINT_READ = 0.4
const POINT_STORED = 0.6
/** Nanoseconds of a complex point of four lanes and a doubling of the transform's length, all stages and products included. */
const DOUBLING = 0.4

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

/** Outputs along the innermost axis that stay in registers: eight keep both multipliers busy, four waste less of a short axis. */
export const blockOf = (size: number): 4 | 8 => (size < 32 && (size - 1) % 8 < 4 ? 4 : 8)

const productOf = (numbers: readonly number[]): number => numbers.reduce((total, n) => total * n, 1)

/** Multiply-adds of a grid: taps of an axis times its points, the innermost in whole blocks. */
const multiplyAdds = (grid: readonly ConvolvedAxis[]): number =>
  productOf(
    grid.map(({ size, circular }, axis) => {
      const block = axis === grid.length - 1 ? blockOf(size) : 1
      const blocks = Math.ceil(size / block)
      const rectangles = circular ? size * blocks * block : (block * block * blocks * (blocks - 1)) / 2
      return rectangles + (circular ? 0 : (blocks * block * (block + 1)) / 2)
    }),
  )

/** Points times doublings of one transform of the grid, without the lines known to be zero. */
const doublings = (grid: readonly ConvolvedAxis[]): number => {
  const lines = grid.map(lineOf)
  return lines.reduce((sum, { length }, axis) => {
    const around = productOf(lines.map((line, i) => (i === axis ? 1 : i < axis ? line.size : line.length)))
    return sum + around * length * Math.max(Math.log2(length), 1)
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
  const direct = MULTIPLY_ADD * products * multiplyAdds(grid) + ends
  // Two results share the transforms of one complex grid; a filter of its own is the other half of one.
  const transforms = filters > 0 ? filters + 2 * Math.ceil(results / 2) : products + results
  const fft = DOUBLING * transforms * doublings(grid)
  const algorithm = direct <= fft ? 'direct' : 'fft'
  const sides = grid.map(({ size, circular }) => `${size}${circular ? ' circular' : ''}`).join(', ')
  const lengths = grid.map((axis) => lineOf(axis).length).join('×')
  return {
    algorithm,
    nanoseconds: { direct, fft },
    reason: `${results} × 4 results on [${sides}]: ${printed(direct)} directly, ${printed(fft)} by ${transforms} transforms of ${lengths} points; so ${algorithm === 'direct' ? 'the direct sum' : 'the spectra'}`,
  }
}
