import * as E from 'fp-ts/lib/Either.js'
import { renderError } from '../../src/error/error.js'
import type { TensorError } from '../../src/error/error.js'

/** The value of a result that must be there. */
export const right = <A>(result: E.Either<TensorError, A>): A => {
  if (E.isLeft(result)) throw new Error(renderError(result.left))
  return result.right
}

/** The error of a result that must be refused, as text. */
export const refusedText = <A>(result: E.Either<TensorError, A>): string => {
  if (E.isRight(result)) throw new Error('was not refused')
  return renderError(result.left)
}
