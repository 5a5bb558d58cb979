import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { WithoutAxis } from '../../shape/axes.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { IndexAxisCheck } from '../../shape/parts.js'
import { indexOf } from '../../shape/parts.js'
import { fromFront } from '../../shape/permute.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { reshapeOp } from './reshape.js'
import { sliceOp } from './slice.js'

/**
 * What lies at one place of an axis, which is dropped: x[:, index] for axis 1. Index and axis may count from the
 * end. gather takes places that are data.
 * @throws TraceFailure with a ShapeError where the axis has no such place, or a name.
 */
export const indexAxis =
  <const Index extends number, const Axis extends number>(index: Index, axis: Axis) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & IndexAxisCheck<S, Index, Axis>,
  ): Tensor<WithoutAxis<S, Axis>, D> => {
    const k = fromFront(axis, x.shape.length)
    const place = orFail(indexOf('indexAxis', x.shape, index, k))
    const start = x.shape.map((_, i) => (i === k ? place : 0))
    const row = apply1(sliceOp, { start, end: x.shape.with(k, place + 1) }, [x])
    return typedResult(apply1(reshapeOp, { shape: x.shape.filter((_, i) => i !== k) }, [row]))
  }
