/** The k largest along an axis, at the type level: the axis becomes k long, and must have as many. */
import type { Gt } from 'ts-arithmetic'
import type { Dim, Shape } from './dim.js'
import type { AxisCheck } from './gather.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, FrontAxis, HasAxis, IsLoose, IsOpen, ReplaceAxis } from './size-arithmetic.js'

/** The type of the shape with the axis k long. */
export type TopKShape<S extends Shape, Axis extends number, K extends number> = true extends
  IsOpen<S> | IsLoose<Axis>
  ? Shape
  : AsShape<ReplaceAxis<S, FrontAxis<Axis, S>, readonly [K]>>

type IsMore<K extends number, Size> = Size extends number
  ? true extends IsLoose<K> | IsLoose<Size>
    ? false
    : Gt<K, Size> extends 1
      ? true
      : false
  : false

type DimOf<S extends Shape, Axis extends number> = S[FrontAxis<Axis, S>] extends infer D extends Dim ? D : Dim

/** `unknown` where the axis exists and has k elements, or it can only be judged at run time. */
export type TopKCheck<S extends Shape, Axis extends number, K extends number> = true extends
  IsOpen<S> | IsLoose<Axis>
  ? unknown
  : HasAxis<S, FrontAxis<Axis, S>> extends true
    ? IsMore<K, DimOf<S, Axis>> extends true
      ? ShapeError<`topK: axis ${Axis} has ${DimOf<S, Axis>} elements, not ${K}`>
      : unknown
    : AxisCheck<'topK', S, Axis>
