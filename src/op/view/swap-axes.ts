import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Swapped } from '../../shape/axes.js'
import { frontAxes } from '../../shape/axes.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { AxesCheck } from '../../shape/permute.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { permuteOp } from './permute.js'

/**
 * x with two axes in each other's place; they may count from the end. `swapAxes(-2, -1)` transposes matrices.
 * @throws TraceFailure with a ShapeError where they are not axes of x.
 */
export const swapAxes =
  <const A extends number, const B extends number>(a: A, b: B) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & AxesCheck<'swapAxes', S, readonly [A]> & AxesCheck<'swapAxes', S, readonly [B]>,
  ): Tensor<Swapped<S, A, B>, D> => {
    const [first = 0] = orFail(frontAxes('swapAxes', x.shape, [a]))
    const [second = 0] = orFail(frontAxes('swapAxes', x.shape, [b]))
    const order = x.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis))
    return typedResult(apply1(permuteOp, { order }, [x]))
  }
