import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { SegmentCheck, SegmentShape } from '../../shape/gather.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { scatterAddOp } from './scatter-add.js'

/**
 * Sums of the rows of x that have the same id: `ids` (i24) have the leading axes of x, which become one axis of
 * `count` places; a place whose id none has is 0, an id outside is dropped. The ids need not be sorted.
 * @throws TraceFailure with a ShapeError where x does not begin with the axes of the ids.
 */
export const segmentSum =
  <I extends Shape, const Count extends number>(ids: Tensor<I, 'i24'>, count: Count) =>
  <S extends Shape>(x: Tensor<S, 'f32'> & SegmentCheck<S, I>): Tensor<SegmentShape<S, I, Count>, 'f32'> =>
    typedResult(apply1(scatterAddOp, { axis: 0, batchAxes: 0, outside: 'none', size: count }, [x, ids]))
