import * as E from 'fp-ts/lib/Either.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import { reduceShape } from '../../shape/reduce.js'
import { axesFromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import type { Builder } from '../builder.js'
import { defineComposite } from '../def.js'
import { atMost } from '../operands.js'
import { reduceCombinator } from './combinator.js'
import type { ReduceAttributes } from './family.js'
import { reduceAttributes } from './family.js'

/** What may be subtracted from x: an infinity from itself would be NaN. */
const finiteOrZero = (b: Builder, x: Tensor): Tensor => {
  const isEither = (value: number, other: Tensor): Tensor =>
    b.select(b.equal(x, b.constant(value)), b.constant(0), other)
  return isEither(Infinity, isEither(-Infinity, x))
}

/** exp(x − y), the share of each element. */
const shares = (b: Builder, x: Tensor, y: Tensor, axes: readonly number[]): Tensor => {
  const reduced = axesFromFront(axes, x.shape.length)
  const kept = x.shape.map((dim, axis) => (reduced.includes(axis) ? 1 : dim))
  return b.exp(b.sub(x, finiteOrZero(b, b.reshape(y, kept))))
}

const definition = defineComposite<ReduceAttributes>({
  name: 'logSumExp',
  category: 'reduce',
  doc:
    'log Σ exp(x) over axes, with the largest x subtracted first, so that nothing overflows; over no element, or where ' +
    'all are −∞, it is −∞. Derivative: exp(x − y), 0 where all are −∞.',
  attrs: reduceAttributes,
  type: atMost('logSumExp', 1, ({ axes, keepDims }, [x]) =>
    E.map((shape: Shape) => [{ shape, dtype: 'f32' as const }])(reduceShape('logSumExp', x, axes, keepDims)),
  ),
  expand: (b, { axes, keepDims }, [x]) => {
    if (x === undefined) return []
    const largest = finiteOrZero(b, b.stopGradient(b.max(x, axes, true)))
    const total = b.log(b.sum(b.exp(b.sub(x, largest)), axes, true))
    const y = b.add(total, largest)
    const reduced = axesFromFront(axes, x.shape.length)
    return [
      keepDims
        ? y
        : b.reshape(
            y,
            x.shape.filter((_, axis) => !reduced.includes(axis)),
          ),
    ]
  },
  evaluate: 'expand',
  vjp: (b, { attrs: { axes }, inputs: [x], outputs: [y], cotangents: [g] }) => {
    if (x === undefined || y === undefined || g === undefined) return []
    const reduced = axesFromFront(axes, x.shape.length)
    const kept = x.shape.map((dim, axis) => (reduced.includes(axis) ? 1 : dim))
    return [b.mul(b.reshape(g, kept), shares(b, x, y, axes))]
  },
  jvp: (b, { attrs: { axes, keepDims }, inputs: [x], outputs: [y], tangents: [dx] }) =>
    x === undefined || y === undefined || !dx
      ? [null]
      : [b.sum(b.mul(dx, shares(b, x, y, axes)), axes, keepDims)],
  batch: (b, { attrs: { axes, keepDims }, inputs: [x] }) =>
    x === undefined ? [] : [b.logSumExp(x, axes.map(behindNewAxis), keepDims)],
  cost: (_, [x]) => ({ flops: 4 * sizeOf(x?.shape ?? []) }),
  samples: [
    { attrs: { axes: [0], keepDims: false }, inputs: [{ shape: ['n'], dtype: 'f32', domain: 'any' }] },
    { attrs: { axes: [-1], keepDims: true }, inputs: [{ shape: ['n', 'm'], dtype: 'f32', domain: 'any' }] },
    {
      attrs: { axes: [0, 2], keepDims: false },
      inputs: [{ shape: ['n', 'm', 'k'], dtype: 'f32', domain: 'any' }],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: [],
})

/** Its type carries the name, for the sentences of type errors. */
export const logSumExpOp = { ...definition, name: 'logSumExp' as const }

/**
 * log Σ exp(x) over axes; −∞ over no element.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const logSumExp = reduceCombinator(logSumExpOp)
