import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { FlattenCheck, Flattened } from '../../shape/axes.js'
import { flattenShape } from '../../shape/axes.js'
import type { DType, Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { reshapeOp } from './reshape.js'

/**
 * x with the axes from `first` to `last`, both included, as one, in row-major order; both may count from the end.
 * `flattenAxes(1, -1)` of [batch, h, w, c] is [batch, h·w·c].
 * @throws TraceFailure with a ShapeError where x has no such axes, or a name would have to be multiplied.
 */
export const flattenAxes =
  <const First extends number, const Last extends number>(first: First, last: Last) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & FlattenCheck<S, First, Last>,
  ): Tensor<Flattened<S, First, Last>, D> =>
    typedResult(apply1(reshapeOp, { shape: orFail(flattenShape('flattenAxes', x.shape, first, last)) }, [x]))
