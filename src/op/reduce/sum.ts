import { reduceCombinator } from './combinator.js'
import { reduction } from './family.js'

export const sumOp = reduction({
  name: 'sum',
  doc: 'Sum over axes; over no element it is 0.',
  start: 0,
  step: (total, x) => total + x,
  combine: 'sum',
  vjp: (b, { inputs: [x], kept, cotangent }) =>
    x === undefined ? null : b.broadcast(b.reshape(cotangent, kept), x.shape),
  jvp: (b, { axes, keepDims, tangent }) => b.sum(tangent, axes, keepDims),
  laws: ['linear'],
  domain: 'any',
})

/**
 * The sum over axes; 0 over no element.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const sum = reduceCombinator(sumOp)
