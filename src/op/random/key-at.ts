import { fail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { printType } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { reshapeOp } from '../view/reshape.js'
import { sliceOp } from '../view/slice.js'
import type { Key } from './key.js'

/**
 * Row i of the keys that `split` makes.
 * @throws TraceFailure with a ShapeError where there is no such row.
 */
export const keyAt =
  (i: number) =>
  (keys: Tensor<readonly [number, 4], 'i24'>): Key => {
    const [count] = keys.shape
    if (!Number.isInteger(i) || i < 0 || i >= count)
      fail(
        shapeError({
          where: 'keyAt',
          expected: `a row of ${printType(keys)}`,
          found: `${i}`,
          hint: 'rows count from 0; split into more keys',
        }),
      )
    return typedResult(
      apply1(reshapeOp, { shape: [4] }, [apply1(sliceOp, { start: [i, 0], end: [i + 1, 4] }, [keys])]),
    )
  }
