import { reduceCombinator } from './combinator.js'
import { reduction } from './family.js'

export const anyOp = reduction({
  name: 'any',
  doc: 'Whether any element over axes is true; over no element it is false. No gradient flows.',
  start: 0,
  step: Math.max,
  combine: 'max',
  dtypes: ['bool'],
  vjp: () => null,
  jvp: () => null,
  laws: ['idempotent'],
  relative: 0,
  domain: 'bool',
})

/**
 * Whether any element over axes is true; false over no element.
 * @throws TraceFailure with a ShapeError where x has no such axis or is not bool.
 */
export const any = reduceCombinator<'any', 'bool'>(anyOp)
