import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { concreteShape, sizeOf } from '../../shape/dim.js'
import type { ReduceAxes, ReduceCheck, ReduceShape } from '../../shape/reduce.js'
import { reduceShape } from '../../shape/reduce.js'
import { axesFromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import type { Builder } from '../builder.js'
import { apply1, defineComposite } from '../def.js'
import { sqrtOp } from '../elementwise/sqrt.js'
import { atMost } from '../operands.js'
import { typedResult } from '../typed-result.js'
import type { ReduceOptions } from './combinator.js'
import { chosenAxes } from './combinator.js'
import type { ReduceAttributes } from './family.js'

export type VarianceAttributes = ReduceAttributes & {
  /** Taken from the number of elements that is divided by: 1 for the unbiased estimate from a sample. */
  readonly correction: 0 | 1
}

/** 1 / (n − correction), infinite where nothing is left; counted at run time where an axis is still a name. */
const weight = (b: Builder, x: Tensor, { axes, correction }: VarianceAttributes): Tensor => {
  const reduced = axesFromFront(axes, x.shape.length).map((axis) => x.shape[axis] ?? 1)
  const sizes = concreteShape(reduced)
  if (sizes !== null) return b.constant(1 / Math.max(sizeOf(sizes) - correction, 0))
  const count = b.sum(
    b.constant(1, reduced),
    reduced.map((_, axis) => axis),
  )
  return b.div(b.constant(1), b.maximum(b.sub(count, b.constant(correction)), b.constant(0)))
}

const deviations = (b: Builder, x: Tensor, axes: readonly number[]): Tensor => b.sub(x, b.mean(x, axes, true))

const keptShape = (x: Tensor, axes: readonly number[]): Shape => {
  const reduced = axesFromFront(axes, x.shape.length)
  return x.shape.map((dim, axis) => (reduced.includes(axis) ? 1 : dim))
}

const definition = defineComposite<VarianceAttributes>({
  name: 'variance',
  category: 'reduce',
  doc:
    'The mean square of the deviations from the mean over axes, with n − correction in the place of n; in two passes, ' +
    'so that a large mean cancels nothing. NaN where nothing is left to divide by. Derivative: 2·(x − mean)/(n − correction).',
  attrs: t.readonly(
    t.strict({
      axes: t.readonlyArray(t.number),
      keepDims: t.boolean,
      correction: t.union([t.literal(0), t.literal(1)]),
    }),
  ),
  type: atMost('variance', 1, ({ axes, keepDims }, [x]) =>
    E.map((shape: Shape) => [{ shape, dtype: 'f32' as const }])(reduceShape('variance', x, axes, keepDims)),
  ),
  expand: (b, attrs, [x]) => {
    if (x === undefined) return []
    const apart = deviations(b, x, attrs.axes)
    return [b.mul(b.sum(b.mul(apart, apart), attrs.axes, attrs.keepDims), weight(b, x, attrs))]
  },
  evaluate: 'expand',
  vjp: (b, { attrs, inputs: [x], cotangents: [g] }) => {
    if (x === undefined || g === undefined) return []
    const factor = b.mul(b.mul(b.constant(2), weight(b, x, attrs)), b.reshape(g, keptShape(x, attrs.axes)))
    return [b.mul(factor, deviations(b, x, attrs.axes))]
  },
  jvp: (b, { attrs, inputs: [x], tangents: [dx] }) => {
    if (x === undefined || !dx) return [null]
    const along = b.sum(b.mul(dx, deviations(b, x, attrs.axes)), attrs.axes, attrs.keepDims)
    return [b.mul(b.mul(b.constant(2), weight(b, x, attrs)), along)]
  },
  batch: (b, { attrs: { axes, keepDims, correction }, inputs: [x] }) =>
    x === undefined ? [] : [b.variance(x, axes.map(behindNewAxis), { keepDims, correction })],
  cost: (_, [x]) => ({ flops: 4 * sizeOf(x?.shape ?? []) }),
  samples: [
    {
      attrs: { axes: [0], keepDims: false, correction: 0 },
      inputs: [{ shape: ['n'], dtype: 'f32', domain: 'any' }],
    },
    {
      attrs: { axes: [-1], keepDims: true, correction: 1 },
      inputs: [{ shape: ['n', 5], dtype: 'f32', domain: 'any' }],
    },
    {
      attrs: { axes: [0, 2], keepDims: false, correction: 1 },
      inputs: [{ shape: [2, 'm', 3], dtype: 'f32', domain: 'any' }],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['even'],
})

/** Its type carries the name, for the sentences of type errors. */
export const varianceOp = { ...definition, name: 'variance' as const }

export interface VarianceOptions<Keep extends boolean> extends ReduceOptions<Keep> {
  /** 0 for the variance of all there is (default), 1 for an unbiased estimate from a sample. */
  readonly correction?: 0 | 1
}

/**
 * The variance over axes, or over all; NaN where n − correction is not positive.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const variance =
  <const Axes extends ReduceAxes = 'all', Keep extends boolean = false>(
    axes?: Axes,
    options: VarianceOptions<Keep> = {},
  ) =>
  <S extends Shape>(
    x: Tensor<S, 'f32'> & ReduceCheck<'variance', S, Axes>,
  ): Tensor<ReduceShape<S, Axes, Keep>, 'f32'> =>
    typedResult(
      apply1(definition, { ...chosenAxes(x, axes, options), correction: options.correction ?? 0 }, [x]),
    )

/**
 * The square root of the variance. Its gradient is not finite where all elements are equal.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const standardDeviation =
  <const Axes extends ReduceAxes = 'all', Keep extends boolean = false>(
    axes?: Axes,
    options: VarianceOptions<Keep> = {},
  ) =>
  <S extends Shape>(
    x: Tensor<S, 'f32'> & ReduceCheck<'standardDeviation', S, Axes>,
  ): Tensor<ReduceShape<S, Axes, Keep>, 'f32'> => {
    const attrs = { ...chosenAxes(x, axes, options), correction: options.correction ?? 0 }
    return typedResult(apply1(sqrtOp, {}, [apply1(definition, attrs, [x])]))
  }
