import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { ReduceAxes, ReduceCheck, ReduceShape } from '../../shape/reduce.js'
import { reduceShape } from '../../shape/reduce.js'
import { behindNewAxis } from '../batching.js'
import type { Builder } from '../builder.js'
import { apply, apply1, defineComposite } from '../def.js'
import type { Composite } from '../def.js'
import { atMost } from '../operands.js'
import { typedResult } from '../typed-result.js'
import type { ReduceOptions } from './combinator.js'
import { chosenAxes } from './combinator.js'
import type { ReduceAttributes } from './family.js'

export type NormAttributes = ReduceAttributes & {
  /** At least 1; Infinity for the largest absolute value. */
  readonly p: number
}

/** |x| whose slope at 0 is 0. */
const absolute = (b: Builder, x: Tensor): Tensor => {
  const zero = b.constant(0)
  return b.mul(x, b.sub(b.toFloat(b.greater(x, zero)), b.toFloat(b.less(x, zero))))
}

/** f(x) for positive x and 0 at 0, where no gradient flows either: f never sees the 0. */
const awayFromZero = (b: Builder, x: Tensor, f: (positive: Tensor) => Tensor): Tensor => {
  const isZero = b.equal(x, b.constant(0))
  return b.select(isZero, b.constant(0), f(b.select(isZero, b.constant(1), x)))
}

const expandNorm = (b: Builder, { axes, keepDims, p }: NormAttributes, x: Tensor): Tensor => {
  if (p === 2) return awayFromZero(b, b.sum(b.mul(x, x), axes, keepDims), b.sqrt)
  const size = absolute(b, x)
  if (p === 1) return b.sum(size, axes, keepDims)
  if (p === Infinity) return b.max(size, axes, keepDims)
  const power = (y: Tensor, exponent: number): Tensor =>
    awayFromZero(b, y, (positive) => b.exp(b.mul(b.log(positive), b.constant(exponent))))
  // The norm is the same for every scale, so the scale may count as constant.
  const scale = (keep: boolean): Tensor => {
    const largest = b.stopGradient(b.max(size, axes, keep))
    return b.select(b.greater(largest, b.constant(0)), largest, b.constant(1))
  }
  return b.mul(scale(keepDims), power(b.sum(power(b.div(size, scale(true)), p), axes, keepDims), 1 / p))
}

const record: Composite<NormAttributes> = defineComposite<NormAttributes>({
  name: 'norm',
  category: 'reduce',
  doc:
    '(Σ |x|ᵖ)^(1/p) over axes for p ≥ 1, the largest |x| for p = ∞; 0 over no element, but −∞ for p = ∞. Where it is ' +
    'not differentiable the gradient is the subgradient that is 0 at x = 0 (equal largest elements share it).',
  attrs: t.readonly(t.strict({ axes: t.readonlyArray(t.number), keepDims: t.boolean, p: t.number })),
  type: atMost('norm', 1, ({ axes, keepDims, p }, [x]) =>
    p >= 1
      ? E.map((shape: Shape) => [{ shape, dtype: 'f32' as const }])(reduceShape('norm', x, axes, keepDims))
      : E.left(
          shapeError({
            where: 'norm',
            expected: 'p from 1 to Infinity',
            found: `p = ${p}`,
            hint: 'below 1 the triangle inequality fails',
          }),
        ),
  ),
  expand: (b, attrs, [x]) => (x === undefined ? [] : [expandNorm(b, attrs, x)]),
  evaluate: 'expand',
  vjp: 'expand',
  jvp: 'expand',
  batch: (_, { attrs, inputs }) => apply(record, { ...attrs, axes: attrs.axes.map(behindNewAxis) }, inputs),
  cost: (_, [x]) => ({ flops: 4 * sizeOf(x?.shape ?? []) }),
  samples: [
    {
      attrs: { axes: [0], keepDims: false, p: 2 },
      inputs: [{ shape: ['n'], dtype: 'f32', domain: 'apart' }],
    },
    {
      attrs: { axes: [-1], keepDims: true, p: 1 },
      inputs: [{ shape: ['n', 'm'], dtype: 'f32', domain: 'apart' }],
    },
    {
      attrs: { axes: [0, 2], keepDims: false, p: 3 },
      inputs: [{ shape: ['n', 'm', 'k'], dtype: 'f32', domain: 'nonzero' }],
    },
    // One element, so that none are level: 'apart' keeps x apart, not |x|.
    {
      attrs: { axes: [1], keepDims: false, p: Infinity },
      inputs: [{ shape: ['n', 1], dtype: 'f32', domain: 'nonzero' }],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['even'],
})

/** Its type carries the name, for the sentences of type errors. */
export const normOp = { ...record, name: 'norm' as const }

export interface NormOptions<Keep extends boolean> extends ReduceOptions<Keep> {
  /** 2 unless stated; at least 1, or Infinity. */
  readonly p?: number
}

/**
 * The p-norm over axes, or over all: `pipe(x, norm([-1]))` is the Euclidean length of each row.
 * @throws TraceFailure with a ShapeError where x has no such axis or p is below 1.
 */
export const norm =
  <const Axes extends ReduceAxes = 'all', Keep extends boolean = false>(
    axes?: Axes,
    options: NormOptions<Keep> = {},
  ) =>
  <S extends Shape>(
    x: Tensor<S, 'f32'> & ReduceCheck<'norm', S, Axes>,
  ): Tensor<ReduceShape<S, Axes, Keep>, 'f32'> =>
    typedResult(apply1(record, { ...chosenAxes(x, axes, options), p: options.p ?? 2 }, [x]))
