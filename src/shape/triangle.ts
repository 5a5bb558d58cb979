/** Triangles of the last two axes: the shape stays. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { IsOpen, PrintDims } from './size-arithmetic.js'

/** The shape itself, if it has two axes and the offset is whole. */
export const triangleShape = (where: string, from: Shape, offset: number): E.Either<TensorError, Shape> =>
  from.length >= 2 && Number.isSafeInteger(offset)
    ? E.right(from)
    : E.left(
        shapeError({
          where,
          expected: 'matrices in the last two axes, and a whole offset',
          found: `${printShape(from)} and offset ${offset}`,
          hint: 'offset 0 is the main diagonal, 1 the one right of it, -1 the one below it',
        }),
      )

/** `unknown` where there are two axes. */
export type TriangleCheck<Where extends string, S extends Shape> =
  IsOpen<S> extends true
    ? unknown
    : S extends readonly [...Shape, Dim, Dim]
      ? unknown
      : ShapeError<`${Where}: [${PrintDims<S>}] has no rows and columns`>
