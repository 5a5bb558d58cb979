import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { insertAxis } from '../../shape/axes.js'
import type { StackCheck, Stacked } from '../../shape/parts.js'
import { stackShape } from '../../shape/parts.js'
import { fromFront } from '../../shape/permute.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import type { ShapesOf } from './concat.js'
import { joined } from './concat.js'
import { reshapeOp } from './reshape.js'

/**
 * Tensors of one type side by side on a new axis, at a place of the result that may count from its end. In a `pipe` the
 * list is written `[x, y] as const`, as for `concat`.
 * @throws TraceFailure with a ShapeError where their types differ or the result has no such place.
 */
export const stack =
  <const Axis extends number>(axis: Axis) =>
  <const Parts extends readonly Tensor[]>(
    parts: Parts & StackCheck<ShapesOf<Parts>, Axis>,
  ): Tensor<Stacked<ShapesOf<Parts>, Axis>, Parts[number]['dtype']> => {
    const shape = orFail(stackShape('stack', parts, axis))
    const single = parts.map((part) =>
      apply1(reshapeOp, { shape: orFail(insertAxis('stack', part.shape, axis, 1)) }, [part]),
    )
    return typedResult(joined(single, fromFront(axis, shape.length)))
  }
