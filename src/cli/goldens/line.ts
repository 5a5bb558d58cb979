/** What became of a golden file, as the line that is printed of it. */
import type { TensorError } from '../../error/error.js'
import type { GoldenError, GoldenLine } from '../../report/goldens.js'
import type { Comparison } from './compare.js'
import { isGradient } from './compare.js'
import { goldenName } from './decode-golden.js'
import type { GoldenResult } from './run-golden.js'
import { passes } from './run-golden.js'

const errorsOf = (comparisons: readonly Comparison[]): Readonly<Record<string, GoldenError>> =>
  Object.fromEntries(
    comparisons.map(({ name, error, tolerance }) => [
      name,
      // JSON has no infinity.
      { error: Number.isFinite(error) ? error : null, tolerance },
    ]),
  )

/** The line of a file that was computed. */
export const resultLine = (device: string, result: GoldenResult): GoldenLine => ({
  name: result.name,
  family: result.family,
  ok: passes(result),
  device,
  tolerance: result.tolerances,
  outputs: errorsOf(result.comparisons.filter(({ name }) => !isGradient(name))),
  gradients: errorsOf(result.comparisons.filter(({ name }) => isGradient(name))),
  missing: result.missing,
  excused: result.excused,
})

/** The line of a file that could not be computed, and why. */
export const failedLine = (path: string, device: string, error: TensorError): GoldenLine => ({
  name: goldenName(path),
  family: null,
  ok: false,
  device,
  outputs: {},
  gradients: {},
  missing: [],
  excused: {},
  error,
})
