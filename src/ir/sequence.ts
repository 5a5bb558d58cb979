/** Trees of tensors that share a leading axis: one tree of the rest for each place along it. */
import type { DType, Dim, Shape } from '../shape/dim.js'
import type { Tensor } from './tensor.js'

/** X with an axis of N before the axes of each of its tensors. */
export type Sequence<X, N extends Dim> =
  X extends Tensor<infer S extends Shape, infer D extends DType>
    ? Tensor<Shape extends S ? Shape : readonly [N, ...S], D>
    : X extends object
      ? { readonly [K in keyof X]: Sequence<X[K], N> }
      : X
