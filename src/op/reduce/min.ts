import { reduceCombinator } from './combinator.js'
import { extremum } from './extremum.js'

export const minOp = extremum(
  'min',
  'The smallest element over axes; over no element it is ∞ (integers refuse that). NaN wins. Equal smallest ' +
    'elements share the gradient equally.',
)

/**
 * The smallest element over axes, of numbers or integers; ∞ over no element.
 * @throws TraceFailure with a ShapeError where x has no such axis, or holds integers and is empty along one.
 */
export const min = reduceCombinator<'min', 'f32' | 'i24'>(minOp)
