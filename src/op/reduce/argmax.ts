import { position, positionCombinator } from './position.js'

export const argmaxOp = position(
  'argmax',
  'max',
  'The place (i24) of the largest element along an axis, the first of equal ones; the first NaN where there is one, ' +
    'as in NumPy. An empty axis is refused. No gradient flows.',
)

/**
 * The place of the largest element along `axis` (which may count from the end), the first of equal ones.
 * @throws TraceFailure with a ShapeError where x has no such axis, is empty along it, or is bool.
 */
export const argmax = positionCombinator(argmaxOp)
