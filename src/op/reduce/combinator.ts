/**
 * The typed combinators of reductions: `pipe(x, sum([1]))`, `pipe(x, sum())` over all axes,
 * `pipe(x, sum([-1], { keepDims: true }))`.
 */
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { ReduceAxes, ReduceCheck, ReduceShape } from '../../shape/reduce.js'
import type { Op } from '../def.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import type { ReduceAttributes } from './family.js'

export interface ReduceOptions<Keep extends boolean> {
  /** Keeps the reduced axes with size 1, so that the result broadcasts against the data. Default false. */
  readonly keepDims?: Keep
}

/** A reduction over given axes, or over all. */
export const reduceCombinator =
  <Name extends string>(op: Op<ReduceAttributes> & { readonly name: Name }) =>
  <const Axes extends ReduceAxes = 'all', Keep extends boolean = false>(
    axes?: Axes,
    options: ReduceOptions<Keep> = {},
  ) =>
  <S extends Shape>(
    x: Tensor<S, 'f32'> & ReduceCheck<Name, S, Axes>,
  ): Tensor<ReduceShape<S, Axes, Keep>, 'f32'> => {
    const chosen: ReduceAxes = axes ?? 'all'
    const reduced = chosen === 'all' ? x.shape.map((_, axis) => axis) : chosen
    return typedResult(apply1(op, { axes: reduced, keepDims: options.keepDims ?? false }, [x]))
  }
