/**
 * The typed combinators of reductions: `pipe(x, sum([1]))`, `pipe(x, sum())` over all axes,
 * `pipe(x, sum([-1], { keepDims: true }))`.
 */
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { ReduceAxes, ReduceCheck, ReduceShape } from '../../shape/reduce.js'
import type { Op } from '../def.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import type { ReduceAttributes } from './family.js'

export interface ReduceOptions<Keep extends boolean> {
  /** Keeps the reduced axes with size 1, so that the result broadcasts against the data. Default false. */
  readonly keepDims?: Keep
}

/** A reduction over given axes, or over all, of f32 unless other dtypes are stated; the result is of the same. */
export const reduceCombinator =
  <Name extends string, Allowed extends DType = 'f32'>(op: Op<ReduceAttributes> & { readonly name: Name }) =>
  <const Axes extends ReduceAxes = 'all', Keep extends boolean = false>(
    axes?: Axes,
    options: ReduceOptions<Keep> = {},
  ) =>
  <S extends Shape, D extends Allowed>(
    x: Tensor<S, D> & ReduceCheck<Name, S, Axes>,
  ): Tensor<ReduceShape<S, Axes, Keep>, D> =>
    typedResult(apply1(op, chosenAxes(x, axes, options), [x]))

/** The attributes that a caller's choice stands for. */
export const chosenAxes = (
  x: Tensor,
  axes: ReduceAxes = 'all',
  { keepDims = false }: ReduceOptions<boolean> = {},
): ReduceAttributes => ({
  axes: axes === 'all' ? x.shape.map((_, axis) => axis) : axes,
  keepDims,
})
