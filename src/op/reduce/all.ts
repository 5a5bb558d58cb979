import { reduceCombinator } from './combinator.js'
import { reduction } from './family.js'

export const allOp = reduction({
  name: 'all',
  doc: 'Whether all elements over axes are true; over no element it is true. No gradient flows.',
  start: 1,
  step: Math.min,
  combine: 'min',
  dtypes: ['bool'],
  vjp: () => null,
  jvp: () => null,
  laws: ['idempotent'],
  relative: 0,
  domain: 'bool',
})

/**
 * Whether all elements over axes are true; true over no element.
 * @throws TraceFailure with a ShapeError where x has no such axis or is not bool.
 */
export const all = reduceCombinator<'all', 'bool'>(allOp)
