/**
 * Scalar expressions over four lanes. One coordinate, an axis of the output or a loop, runs along the lanes; a
 * read is then a vector load, a splat, or lane by lane, as its index says.
 */
import type { Scalar } from '../../src/ir/scalar.js'
import type { Writer } from './writer.js'

/** Where the four lanes lie: what every coordinate is, as i32 expressions (`(local.get $i)` or constants). */
export interface Place {
  /** By number of the output axis. */
  readonly axes: readonly string[]
  /** By number of the loop. */
  readonly loops: readonly string[]
  /** The coordinate that is one more in each next lane; null where all lanes are the same. */
  readonly lane: { readonly kind: 'axis' | 'loop'; readonly number: number } | null
  /** Lanes that count. What the others hold is anything, but reading for them must not trap. */
  readonly width: 1 | 2 | 3 | 4
  /** The value of the reduction, as a v128 expression; only in an epilogue. */
  readonly accumulator?: string
  /** Address of each input, by the numbers that reads use, as i32 expressions. */
  readonly inputs: readonly string[]
}

/** Writes what the expression needs and gives it as a v128 expression of f32x4 that may be used once or bound by `let`. */
export type VectorOf = (w: Writer, scalar: Scalar, place: Place) => string
