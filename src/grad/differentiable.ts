/** What can be differentiated by: f32 tensors in lists and records. Anything else is refused in the editor. */
import type { Tensor } from '../ir/tensor.js'
import type { DType, Shape } from '../shape/dim.js'
import type { ShapeError } from '../shape/shape-error.js'

/** The dtypes of all tensors of a tree. */
type DTypesOf<X> =
  X extends Tensor<Shape, infer D>
    ? D
    : X extends readonly (infer Item)[]
      ? DTypesOf<Item>
      : X extends object
        ? { readonly [K in keyof X]: DTypesOf<X[K]> }[keyof X]
        : never

/** `unknown` where every tensor of X is f32, or of a dtype that only the run knows; otherwise one sentence. */
export type Differentiable<Where extends string, X> = [DTypesOf<X>] extends ['f32']
  ? unknown
  : DType extends DTypesOf<X>
    ? unknown
    : ShapeError<`${Where}: only f32 has a gradient, not ${Exclude<DTypesOf<X>, 'f32'>}`>
