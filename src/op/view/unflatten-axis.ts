import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { UnflattenCheck, Unflattened } from '../../shape/axes.js'
import { unflattenShape } from '../../shape/axes.js'
import type { DType, Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { reshapeOp } from './reshape.js'

/**
 * x with one axis, which may count from the end, taken apart into axes of the given sizes in row-major order:
 * heads · width becomes heads, width.
 * @throws TraceFailure with a ShapeError where the sizes do not multiply to that of the axis.
 */
export const unflattenAxis =
  <const Axis extends number, const Sizes extends readonly number[]>(axis: Axis, sizes: Sizes) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & UnflattenCheck<S, Axis, Sizes>,
  ): Tensor<Unflattened<S, Axis, Sizes>, D> =>
    typedResult(
      apply1(reshapeOp, { shape: orFail(unflattenShape('unflattenAxis', x.shape, axis, sizes)) }, [x]),
    )
