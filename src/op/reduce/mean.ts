import * as E from 'fp-ts/lib/Either.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { concreteShape, sizeOf } from '../../shape/dim.js'
import { reduceShape } from '../../shape/reduce.js'
import { axesFromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import type { Builder } from '../builder.js'
import { defineComposite } from '../def.js'
import { reduceCombinator } from './combinator.js'
import type { ReduceAttributes } from './family.js'
import { reduceAttributes } from './family.js'
import { atMost } from '../operands.js'

/** 1 over the number of elements that are averaged; counted at run time where an axis is still a name. */
export const share = (b: Builder, x: Tensor, axes: readonly number[]): Tensor => {
  const reduced = axesFromFront(axes, x.shape.length).map((axis) => x.shape[axis] ?? 1)
  return concreteShape(reduced) === null
    ? b.div(
        b.constant(1),
        b.sum(
          b.constant(1, reduced),
          reduced.map((_, axis) => axis),
        ),
      )
    : b.constant(1 / sizeOf(reduced))
}

const definition = defineComposite<ReduceAttributes>({
  name: 'mean',
  category: 'reduce',
  doc: 'The mean over axes; over no element it is NaN.',
  attrs: reduceAttributes,
  type: atMost('mean', 1, ({ axes, keepDims }, [x]) =>
    E.map((shape: Shape) => [{ shape, dtype: 'f32' as const }])(reduceShape('mean', x, axes, keepDims)),
  ),
  expand: (b, attrs, [x]) =>
    x === undefined ? [] : [b.mul(b.sum(x, attrs.axes, attrs.keepDims), share(b, x, attrs.axes))],
  evaluate: 'expand',
  vjp: 'expand',
  jvp: 'expand',
  batch: (b, { attrs: { axes, keepDims }, inputs: [x] }) =>
    x === undefined ? [] : [b.mean(x, axes.map(behindNewAxis), keepDims)],
  cost: (_, inputs) => ({ flops: sizeOf(inputs[0]?.shape ?? []) }),
  samples: [
    { attrs: { axes: [0], keepDims: false }, inputs: [{ shape: ['n'], dtype: 'f32', domain: 'any' }] },
    { attrs: { axes: [-1], keepDims: true }, inputs: [{ shape: ['n', 'm'], dtype: 'f32', domain: 'any' }] },
    {
      attrs: { axes: [0, 2], keepDims: false },
      inputs: [{ shape: ['n', 'm', 'k'], dtype: 'f32', domain: 'any' }],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['linear'],
})

/** Its type carries the name, for the sentences of type errors. */
export const meanOp = { ...definition, name: 'mean' as const }

/**
 * The mean over axes; NaN over no element.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const mean = reduceCombinator(meanOp)
