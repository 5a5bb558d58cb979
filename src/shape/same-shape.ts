/** Operands that must have one shape: losses, which broadcast nothing. */
import type { Shape } from './dim.js'
import type { ShapesAgree } from './last-axis.js'
import type { ShapeError } from './shape-error.js'
import type { PrintDims } from './size-arithmetic.js'

/** `unknown` where both shapes agree, or only the run can tell. */
export type SameShapeCheck<Where extends string, A extends Shape, B extends Shape> =
  ShapesAgree<A, B> extends true
    ? unknown
    : ShapeError<`${Where}: shapes [${PrintDims<A>}] and [${PrintDims<B>}] differ`>
