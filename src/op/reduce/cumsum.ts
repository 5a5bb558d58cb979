import { cumulative, cumulativeCombinator, SUM } from './cumulative.js'

export const cumsumOp = cumulative('cumsum', SUM, {
  doc:
    'The sum of all elements up to each along an axis; without itself where `exclusive`, from the end where `reverse`. ' +
    'The transpose is the sum from the other end.',
  vjp: (b, { attrs: { axis, exclusive, reverse }, cotangents: [g] }) =>
    g === undefined ? [] : [b.cumsum(g, axis, { exclusive, reverse: !reverse })],
  jvp: (b, { attrs: { axis, exclusive, reverse }, tangents: [dx] }) =>
    dx ? [b.cumsum(dx, axis, { exclusive, reverse })] : [null],
  laws: ['linear'],
})

/**
 * The sum of all elements up to each along `axis`, which may count from the end: `pipe(x, cumsum(-1))`.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const cumsum = cumulativeCombinator(cumsumOp)
