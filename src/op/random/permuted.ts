import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { AxisCheck } from '../../shape/gather.js'
import { fromFront } from '../../shape/permute.js'
import { apply1 } from '../def.js'
import { gatherOp } from '../index/gather.js'
import { typedResult } from '../typed-result.js'
import type { Key } from './key.js'
import { permutationOp } from './permutation.js'

/**
 * x in a random order along `axis`, which may count from the end: `pipe(x, permuted(key, 0))`. The rows at all places
 * of the other axes go together. Its gradient goes back along the same order.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const permuted =
  <const Axis extends number>(key: Key, axis: Axis) =>
  <S extends Shape, D extends DType>(x: Tensor<S, D> & AxisCheck<'permuted', S, Axis>): Tensor<S, D> => {
    // Where there is no such axis the gather says so.
    const size = x.shape[fromFront(axis, x.shape.length)] ?? 0
    const order = apply1(permutationOp, { size }, [key])
    return typedResult(apply1(gatherOp, { axis, batchAxes: 0, outside: 'nearest' }, [x, order]))
  }
