import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { frontAxes } from '../../shape/axes.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { Repeated, RepeatCheck } from '../../shape/repeat.js'
import { repeatedShape } from '../../shape/repeat.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { broadcastOp } from './broadcast.js'
import { reshapeOp } from './reshape.js'

/**
 * Each element of an axis, which may count from the end, `count` times in a row: a, a, b, b (`jnp.repeat`).
 * @throws TraceFailure with a ShapeError where x has no such axis, or a named one and the count is not 1.
 */
export const repeatElements =
  <const Count extends number, const Axis extends number>(count: Count, axis: Axis) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & RepeatCheck<S, Count, Axis>,
  ): Tensor<Repeated<S, Count, Axis>, D> => {
    const [place = 0] = orFail(frontAxes('repeatElements', x.shape, [axis]))
    const counts = x.shape.map((_, i) => (i === place ? count : 1))
    const shape = orFail(repeatedShape('repeatElements', x.shape, counts))
    const withAxis = (size: number): Shape => [
      ...x.shape.slice(0, place + 1),
      size,
      ...x.shape.slice(place + 1),
    ]
    const copies = apply1(broadcastOp, { shape: withAxis(count) }, [
      apply1(reshapeOp, { shape: withAxis(1) }, [x]),
    ])
    return typedResult(apply1(reshapeOp, { shape }, [copies]))
  }
