import { reduceCombinator } from './combinator.js'
import { extremum } from './extremum.js'

export const maxOp = extremum(
  'max',
  'The largest element over axes; over no element it is −∞ (integers refuse that). NaN wins. Equal largest ' +
    'elements share the gradient equally.',
)

/**
 * The largest element over axes, of numbers or integers; −∞ over no element.
 * @throws TraceFailure with a ShapeError where x has no such axis, or holds integers and is empty along one.
 */
export const max = reduceCombinator<'max', 'f32' | 'i24'>(maxOp)
