/**
 * Every way in which Crocuta refuses: one tagged union, one renderer.
 *
 * An error names where it arose, what was expected, what was found, and a hint at the repair.
 * Pure code returns it in an `Either`; devices and files in a `TaskEither`. Only while a function is
 * being traced is it thrown (as `TraceFailure`), because user functions compose tensors, not Eithers.
 */
import * as E from 'fp-ts/lib/Either.js'

interface Detail {
  /** The op, argument, option or file that is at fault, such as `matmul` or `train-images.idx`. */
  readonly where: string
  readonly expected: string
  readonly found: string
  readonly hint: string
}

export interface ShapeError extends Detail {
  readonly _tag: 'ShapeError'
}
export interface ValueError extends Detail {
  readonly _tag: 'ValueError'
}
export interface DataError extends Detail {
  readonly _tag: 'DataError'
}
export interface DeviceError extends Detail {
  readonly _tag: 'DeviceError'
}
export interface OptionError extends Detail {
  readonly _tag: 'OptionError'
}
export interface BudgetError extends Detail {
  readonly _tag: 'BudgetError'
}

export type TensorError = ShapeError | ValueError | DataError | DeviceError | OptionError | BudgetError

/** Shapes, ranks or dtypes that do not fit an op's rule. */
export const shapeError = (detail: Detail): ShapeError => ({ _tag: 'ShapeError', ...detail })
/** Numbers that are not allowed: NaN in data, a label out of range. */
export const valueError = (detail: Detail): ValueError => ({ _tag: 'ValueError', ...detail })
/** A file that is missing, truncated or not what its name says. */
export const dataError = (detail: Detail): DataError => ({ _tag: 'DataError', ...detail })
/** A device that is unknown, missing, or did not do what was asked. */
export const deviceError = (detail: Detail): DeviceError => ({ _tag: 'DeviceError', ...detail })
/** An option or attribute outside its range. */
export const optionError = (detail: Detail): OptionError => ({ _tag: 'OptionError', ...detail })
/** A program that asks for more than the device has. */
export const budgetError = (detail: Detail): BudgetError => ({ _tag: 'BudgetError', ...detail })

/** The error as a person reads it: two lines, the second a hint. */
export const renderError = (error: TensorError): string =>
  `${error._tag} in ${error.where}: expected ${error.expected}, found ${error.found}.\n  hint: ${error.hint}`

/** The one exception of the library: carries a `TensorError` out of a function being traced. */
export class TraceFailure extends Error {
  readonly error: TensorError
  constructor(error: TensorError) {
    super(renderError(error))
    this.name = 'TraceFailure'
    this.error = error
  }
}

/** Leaves a trace with an error. */
export const fail = (error: TensorError): never => {
  throw new TraceFailure(error)
}

/** Takes the value of an `Either`, or leaves the trace with its error. */
export const orFail = <A>(result: E.Either<TensorError, A>): A =>
  E.isLeft(result) ? fail(result.left) : result.right

/** Runs a traced computation; its `TraceFailure`, and nothing else, becomes a `Left`. */
export const attempt = <A>(compute: () => A): E.Either<TensorError, A> => {
  try {
    return E.right(compute())
  } catch (thrown) {
    if (thrown instanceof TraceFailure) return E.left(thrown.error)
    throw thrown
  }
}
