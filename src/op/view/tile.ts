import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { TileCheck, Tiled } from '../../shape/repeat.js'
import { repeatedShape } from '../../shape/repeat.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { broadcastOp } from './broadcast.js'
import { reshapeOp } from './reshape.js'

/**
 * x several times over along each axis, one count an axis: [a, b] tiled [2, 1] is x, then x again below it.
 * @throws TraceFailure with a ShapeError where the counts do not fit the axes; a named axis takes 1.
 */
export const tile =
  <const Counts extends readonly number[]>(counts: Counts) =>
  <S extends Shape, D extends DType>(x: Tensor<S, D> & TileCheck<S, Counts>): Tensor<Tiled<S, Counts>, D> => {
    const shape = orFail(repeatedShape('tile', x.shape, counts))
    const single = x.shape.flatMap((size, axis) => (counts[axis] === 1 ? [size] : [1, size]))
    const repeated = x.shape.flatMap((size, axis) =>
      counts[axis] === 1 ? [size] : [counts[axis] ?? 1, size],
    )
    const copies = apply1(broadcastOp, { shape: repeated }, [apply1(reshapeOp, { shape: single }, [x])])
    return typedResult(apply1(reshapeOp, { shape }, [copies]))
  }
