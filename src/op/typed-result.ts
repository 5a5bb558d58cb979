/** Where a combinator states the type that its rule has just checked. */
import type { Tensor } from '../ir/tensor.js'
import type { DType, Shape } from '../shape/dim.js'

/** The tensor under the type the caller vouches for: the type-level rule is the twin of the op's run-time rule. */
export const typedResult = <S extends Shape, D extends DType>(tensor: Tensor): Tensor<S, D> =>
  tensor as Tensor<S, D>
