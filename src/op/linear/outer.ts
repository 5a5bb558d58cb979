import { orFail } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { OuterCheck, OuterShape } from '../../shape/outer.js'
import { outerPattern } from '../../shape/outer.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { contractOp } from './contract.js'

/**
 * The outer product of the last axes, z[…, i, j] = x[…, i] · y[…, j]: `pipe(x, outer(y))` of [I] and [J] is [I, J],
 * of [...B, I] and [...B, J] or one [J] for all it is [...B, I, J].
 * @throws TraceFailure with a ShapeError where leading axes differ.
 */
export const outer =
  <Y extends Shape>(y: Tensor<Y, 'f32'>) =>
  <X extends Shape>(x: Tensor<X, 'f32'> & OuterCheck<X, Y>): Tensor<OuterShape<X, Y>, 'f32'> =>
    typedResult(apply1(contractOp, { pattern: orFail(outerPattern('outer', x.shape, y.shape)) }, [x, y]))
