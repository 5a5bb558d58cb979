/** How far computed tensors are from a golden file's, and how far they may be. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../../error/error.js'
import { dataError } from '../../error/error.js'
import type { NdArray } from '../../op/def.js'
import type { Golden } from './family.js'

/** Allowed error of every tensor, unless the file states that float32 itself is not as good. */
export const TOLERANCE = 1e-5

/** How many times the error of float32 that a file states is allowed. */
const TIMES_STATED = 10

/** Bounds on the relative errors of a file's tensors. */
export interface Tolerances {
  readonly outputs: number
  readonly gradients: number
}

/** One tensor of a file. Its error is infinite where shapes differ or something is not a number. */
export interface Comparison {
  readonly name: string
  readonly error: number
  readonly tolerance: number
}

export const isGradient = (name: string): boolean => /^grad(64)?\//.test(name)

export const isWithin = ({ error, tolerance }: Comparison): boolean => error <= tolerance

/** The comparison with the largest error for its tolerance. */
export const worst = (comparisons: readonly Comparison[]): Comparison | null =>
  comparisons.reduce<Comparison | null>(
    (sofar, next) =>
      sofar === null || next.error / next.tolerance > sofar.error / sofar.tolerance ? next : sofar,
    null,
  )

/**
 * ‖found − expected‖∞ / ‖expected‖∞; where all that is expected is 0, ‖found‖∞ itself. Infinite where the shapes differ,
 * or a number that is not finite stands where another is expected.
 */
export const relativeError = (found: NdArray, expected: NdArray): number => {
  if (found.shape.join() !== expected.shape.join() || found.data.length !== expected.data.length)
    return Number.POSITIVE_INFINITY
  let difference = 0
  let size = 0
  for (const [i, wanted] of expected.data.entries()) {
    const value = found.data[i] ?? Number.NaN
    if (Object.is(value, wanted)) {
      if (Number.isFinite(wanted)) size = Math.max(size, Math.abs(wanted))
      continue
    }
    if (!Number.isFinite(value) || !Number.isFinite(wanted)) return Number.POSITIVE_INFINITY
    difference = Math.max(difference, Math.abs(value - wanted))
    size = Math.max(size, Math.abs(wanted))
  }
  return size === 0 ? difference : difference / size
}

const number = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:nan|inf|infinity)`
const statement = new RegExp(`^\\s*(${number})(?:\\s+at\\s+\\S.*)?\\s*$`, 'i')

/** The tolerance of what the metadata states as `2.78e-06` or `2.78e-06 at filters.0.mu`; what is not finite states nothing. */
const toleranceOf = ({ name, metadata }: Golden, field: string): E.Either<TensorError, number> => {
  const text = metadata[field]
  if (text === undefined) return E.right(TOLERANCE)
  const stated = statement.exec(text)?.[1]
  if (stated === undefined)
    return E.left(
      dataError({
        where: `${name}: ${field}`,
        expected: "a number, or 'number at tensor'",
        found: `'${text}'`,
        hint: 'it is the relative error of float32, from which the tolerance follows',
      }),
    )
  const tolerance = TIMES_STATED * Number(stated)
  return E.right(Number.isFinite(tolerance) ? Math.max(TOLERANCE, tolerance) : TOLERANCE)
}

/** 1e-5, or ten times the error of float32 that the file's metadata state, whichever is larger. */
export const tolerancesOf = (golden: Golden): E.Either<TensorError, Tolerances> =>
  pipe(
    E.Do,
    E.apS('outputs', toleranceOf(golden, 'float64_rel_err_y')),
    E.apS('gradients', toleranceOf(golden, 'float64_rel_err_grads')),
  )
