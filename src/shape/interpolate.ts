/** Interpolation: the spatial axes of x [...lead, ...spatial, channels] take other sizes, as many as are given. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, DimsAgree, IsOpen } from './size-arithmetic.js'
import type { SplitLast } from './slide.js'

const canBecome = (from: Dim | undefined, to: Dim | undefined): boolean =>
  from === to ||
  (typeof from === 'number' && typeof to === 'number' && from >= 1 && Number.isInteger(to) && to >= 1)

/** The shape with other spatial axes. */
export const interpolateShape = (where: string, x: Shape, sizes: Shape): E.Either<TensorError, Shape> => {
  const first = x.length - 1 - sizes.length
  const found = `x ${printShape(x)} to sizes ${printShape(sizes)}`
  if (sizes.length < 1 || first < 0)
    return E.left(
      shapeError({
        where,
        expected: 'x [...lead, ...spatial, channels]',
        found,
        hint: 'one size for each spatial axis',
      }),
    )
  return sizes.every((size, i) => canBecome(x[first + i], size))
    ? E.right([...x.slice(0, first), ...sizes, ...x.slice(-1)])
    : E.left(
        shapeError({
          where,
          expected: 'sizes that are whole and at least 1, from axes that are not empty',
          found,
          hint: 'a named axis keeps its name',
        }),
      )
}

/** The type of the resized tensor's shape. */
export type Interpolated<X extends Shape, Sizes extends Shape> = true extends IsOpen<X> | IsOpen<Sizes>
  ? Shape
  : X extends readonly [...infer Front extends Shape, infer Channels]
    ? SplitLast<Front, Sizes> extends { readonly lead: infer Lead extends Shape }
      ? AsShape<readonly [...Lead, ...Sizes, Channels]>
      : Shape
    : Shape

type SizesCheck<Spatial extends Shape, Sizes extends Shape> = Spatial extends readonly [
  infer From extends Dim,
  ...infer Rest extends Shape,
]
  ? Sizes extends readonly [infer To extends Dim, ...infer Others extends Shape]
    ? [From, To] extends readonly [number, number]
      ? `${To}` extends `-${string}` | '0'
        ? ShapeError<`interpolate: an axis of ${From} cannot become ${To}`>
        : SizesCheck<Rest, Others>
      : DimsAgree<From, To> extends true
        ? SizesCheck<Rest, Others>
        : ShapeError<`interpolate: axis ${From} cannot become ${To}, a named axis keeps its name`>
    : unknown
  : unknown

/** `unknown` where the spatial axes can take these sizes or it can only be judged at run time. */
export type InterpolateCheck<X extends Shape, Sizes extends Shape> = true extends IsOpen<X> | IsOpen<Sizes>
  ? unknown
  : X extends readonly [...infer Front extends Shape, infer _Channels]
    ? SplitLast<Front, Sizes> extends { readonly spatial: infer Spatial extends Shape }
      ? SizesCheck<Spatial, Sizes>
      : ShapeError<`interpolate: ${Sizes['length']} sizes, x has ${Front['length']} axes before its channels`>
    : ShapeError<'interpolate: x is [...lead, ...spatial, channels]'>
