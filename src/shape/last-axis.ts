/** Ops on the last axis at the type level: normalisation, losses. */
import type { Dim, Shape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, DimsAgree, IsOpen, PrintDims } from './size-arithmetic.js'

/** The shape without its last axis. */
export type WithoutLast<S extends Shape> =
  IsOpen<S> extends true
    ? Shape
    : S extends readonly [...infer Lead extends Shape, Dim]
      ? AsShape<readonly [...Lead]>
      : Shape

/** `unknown` where the last axis of X is `Channels` long. */
export type ChannelsCheck<Where extends string, X extends Shape, Channels extends Dim> =
  IsOpen<X> extends true
    ? unknown
    : X extends readonly [...Shape, infer Last extends Dim]
      ? DimsAgree<Last, Channels> extends true
        ? unknown
        : ShapeError<`${Where}: the last axis has ${Last} channels, scale and shift ${Channels}`>
      : ShapeError<`${Where}: a scalar has no last axis`>

/** Whether two shapes agree in rank and every size that is known. */
export type ShapesAgree<A extends Shape, B extends Shape> = true extends IsOpen<A> | IsOpen<B>
  ? true
  : A extends readonly [infer Left, ...infer RestA extends Shape]
    ? B extends readonly [infer Right, ...infer RestB extends Shape]
      ? DimsAgree<Left, Right> extends true
        ? ShapesAgree<RestA, RestB>
        : false
      : false
    : B extends readonly []
      ? true
      : false

/** `unknown` where labels have the shape of the logits without the classes. */
export type LabelsCheck<Logits extends Shape, Labels extends Shape> =
  IsOpen<Logits> extends true
    ? unknown
    : Logits extends readonly []
      ? ShapeError<'crossEntropy: logits have no axis of classes'>
      : ShapesAgree<WithoutLast<Logits>, Labels> extends true
        ? unknown
        : ShapeError<`crossEntropy: labels [${PrintDims<Labels>}] do not go with logits [${PrintDims<Logits>}]`>
