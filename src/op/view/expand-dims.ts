import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { PlaceCheck, WithAxis } from '../../shape/axes.js'
import { insertAxis } from '../../shape/axes.js'
import type { DType, Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { reshapeOp } from './reshape.js'

/**
 * x with a new axis of size 1, at a place of the result that may count from its end: [a, b] becomes [a, 1, b] at 1
 * or -2.
 * @throws TraceFailure with a ShapeError where the result has no such place.
 */
export const expandDims =
  <const Axis extends number>(axis: Axis) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & PlaceCheck<'expandDims', S, Axis>,
  ): Tensor<WithAxis<S, Axis, 1>, D> =>
    typedResult(apply1(reshapeOp, { shape: orFail(insertAxis('expandDims', x.shape, axis, 1)) }, [x]))
