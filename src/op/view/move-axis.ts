import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Moved } from '../../shape/axes.js'
import { frontAxes, movingOrder } from '../../shape/axes.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { AxesCheck } from '../../shape/permute.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { permuteOp } from './permute.js'

/**
 * x with axis `from` moved to place `to` of the result, the others in their order; both may count from the end.
 * @throws TraceFailure with a ShapeError where x has no such axis or place.
 */
export const moveAxis =
  <const From extends number, const To extends number>(from: From, to: To) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & AxesCheck<'moveAxis', S, readonly [From]> & AxesCheck<'moveAxis', S, readonly [To]>,
  ): Tensor<Moved<S, From, To>, D> => {
    const [source = 0] = orFail(frontAxes('moveAxis', x.shape, [from]))
    const [target = 0] = orFail(frontAxes('moveAxis', x.shape, [to]))
    return typedResult(apply1(permuteOp, { order: movingOrder(x.shape.length, source, target) }, [x]))
  }
