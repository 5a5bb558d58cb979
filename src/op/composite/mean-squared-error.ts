import * as E from 'fp-ts/lib/Either.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { sameType, printType, sizeOf } from '../../shape/dim.js'
import type { SameShapeCheck } from '../../shape/same-shape.js'
import { shapeError } from '../../error/error.js'
import type { Builder } from '../builder.js'
import { apply1, defineComposite } from '../def.js'
import type { NoAttributes } from '../elementwise/family.js'
import { noAttributes } from '../elementwise/family.js'
import { share } from '../reduce/mean.js'
import { typedResult } from '../typed-result.js'

const allAxes = (x: Tensor): readonly number[] => x.shape.map((_, axis) => axis)

/** The gradient by x: 2(x − target)/n. */
const slope = (b: Builder, x: Tensor, target: Tensor): Tensor =>
  b.mul(b.mul(b.sub(x, target), b.constant(2)), share(b, x, allAxes(x)))

export const meanSquaredErrorOp = defineComposite<NoAttributes>({
  name: 'meanSquaredError',
  category: 'composite',
  doc: 'mean (x − target)² over all elements, one number; over no element it is NaN. Derivative by x: 2(x − target)/n.',
  attrs: noAttributes,
  type: (_, inputs) => {
    const [x, target] = inputs
    return x !== undefined &&
      target !== undefined &&
      inputs.length === 2 &&
      x.dtype === 'f32' &&
      sameType(x, target)
      ? E.right([{ shape: [], dtype: 'f32' }])
      : E.left(
          shapeError({
            where: 'meanSquaredError',
            expected: 'two f32 tensors of one shape',
            found: inputs.map(printType).join(' and ') || 'nothing',
            hint: 'a target that is broadcast is a mistake more often than not: use broadcastTo if it is meant',
          }),
        )
  },
  expand: (b, _, [x, target]) => {
    if (x === undefined || target === undefined) return []
    const away = b.sub(x, target)
    return [b.mean(b.mul(away, away), allAxes(x))]
  },
  evaluate: (_, [x, target]) => {
    if (x === undefined || target === undefined) return []
    const total = x.data.reduce((sum, value, i) => sum + (value - (target.data[i] ?? Number.NaN)) ** 2, 0)
    return [{ shape: [], data: Float64Array.of(total / x.data.length) }]
  },
  vjp: (b, { inputs: [x, target], cotangents: [g] }) => {
    if (x === undefined || target === undefined || g === undefined) return []
    const pulled = b.mul(slope(b, x, target), g)
    return [pulled, b.neg(pulled)]
  },
  jvp: (b, { inputs: [x, target], tangents: [dx, dTarget] }) => {
    if (x === undefined || target === undefined) return [null]
    const direction = dx && dTarget ? b.sub(dx, dTarget) : (dx ?? (dTarget ? b.neg(dTarget) : null))
    return [direction === null ? null : b.sum(b.mul(slope(b, x, target), direction), allAxes(x))]
  },
  batch: 'expand',
  cost: (_, [x]) => ({ flops: 3 * sizeOf(x?.shape ?? []) }),
  samples: [
    {
      attrs: {},
      inputs: [
        { shape: ['n', 'm'], dtype: 'f32', domain: 'any' },
        { shape: ['n', 'm'], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: {},
      inputs: [
        { shape: [], dtype: 'f32', domain: 'any' },
        { shape: [], dtype: 'f32', domain: 'any' },
      ],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: ['commutative'],
})

/**
 * The mean of (x − target)² over all elements: `pipe(x, meanSquaredError(target))`.
 * @throws TraceFailure with a ShapeError where the shapes differ: nothing is broadcast.
 */
export const meanSquaredError =
  <T extends Shape>(target: Tensor<T, 'f32'>) =>
  <S extends Shape>(
    x: Tensor<S, 'f32'> & SameShapeCheck<'meanSquaredError', S, T>,
  ): Tensor<readonly [], 'f32'> =>
    typedResult(apply1(meanSquaredErrorOp, {}, [x, target]))
