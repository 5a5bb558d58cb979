/** What can be differentiated by: f32 tensors in lists and records. Anything else is refused in the editor. */
import type { Tensor } from '../ir/tensor.js'
import type { DType, Shape } from '../shape/dim.js'
import type { ShapeError } from '../shape/shape-error.js'
import type { PrintDims } from '../shape/size-arithmetic.js'

/** The dtypes of all tensors of a tree, those that may be left out included. */
type DTypesOf<X> =
  X extends Tensor<Shape, infer D>
    ? D
    : X extends readonly (infer Item)[]
      ? DTypesOf<Item>
      : X extends object
        ? { readonly [K in keyof X]-?: DTypesOf<X[K]> }[keyof X]
        : never

/** `unknown` where Y is one f32 number: what a gradient is of. */
export type GivesNumber<Where extends string, Y> = [Y] extends [Tensor<readonly [], 'f32'>]
  ? unknown
  : [Y] extends [Tensor<infer S, infer D>]
    ? ShapeError<`${Where}: the function gives ${D}[${PrintDims<S>}], not one f32 number; take its mean or sum`>
    : ShapeError<`${Where}: the function does not give one f32 number`>

/** `unknown` where every tensor of X is f32, or of a dtype that only the run knows; otherwise one sentence. */
export type Differentiable<Where extends string, X> = [DTypesOf<X>] extends ['f32']
  ? unknown
  : DType extends DTypesOf<X>
    ? unknown
    : ShapeError<`${Where}: only f32 has a gradient, not ${Exclude<DTypesOf<X>, 'f32'>}`>
