import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { SqueezeCheck } from '../../shape/axes.js'
import { squeezeShape } from '../../shape/axes.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { ReduceShape } from '../../shape/reduce.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { reshapeOp } from './reshape.js'

/**
 * x without the given axes, all of size 1; they may count from the end.
 * @throws TraceFailure with a ShapeError where they are not distinct axes of size 1.
 */
export const squeeze =
  <const Axes extends readonly number[]>(axes: Axes) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & SqueezeCheck<S, Axes>,
  ): Tensor<ReduceShape<S, Axes, false>, D> =>
    typedResult(apply1(reshapeOp, { shape: orFail(squeezeShape('squeeze', x.shape, axes)) }, [x]))
