import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { TakeAlongCheck, TakenAlong } from '../../shape/gather.js'
import { takeAlongShape } from '../../shape/gather.js'
import { fromFront } from '../../shape/permute.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { permuteOp } from '../view/permute.js'
import { gatherOp } from './gather.js'

const moved = (x: Tensor, from: number, to: number): Tensor => {
  const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== from)
  return from === to ? x : apply1(permuteOp, { order: others.toSpliced(to, 0, from) }, [x])
}

/**
 * Elements of x taken along `axis` (which may count from the end), each line by its own line of indices, which have
 * the shape of x but for that axis: y[…, i, …] = x[…, indices[…, i, …], …], as in NumPy. An index outside the axis
 * stands for the nearest element. What sorts a tensor sorts others along with it: `pipe(y, takeAlongAxis(order, 1))`.
 * @throws TraceFailure with a ShapeError where the shapes differ on another axis.
 */
export const takeAlongAxis =
  <I extends Shape, const Axis extends number>(indices: Tensor<I, 'i24'>, axis: Axis) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & TakeAlongCheck<S, I, Axis>,
  ): Tensor<TakenAlong<S, I, Axis>, D> => {
    const front = fromFront(axis, x.shape.length)
    const last = x.shape.length - 1
    orFail(takeAlongShape('takeAlongAxis', x.shape, indices.shape, front))
    const lines = [moved(x, front, last), moved(indices, front, last)]
    const taken = apply1(gatherOp, { axis: last, batchAxes: last, outside: 'nearest' }, lines)
    return typedResult(moved(taken, last, front))
  }
