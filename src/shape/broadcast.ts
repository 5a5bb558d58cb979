/** Broadcasting as in NumPy: shapes are aligned at their last axes; sizes agree, or one of them is 1. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { DimsAgree, IsOpen } from './size-arithmetic.js'

/** The size two aligned axes broadcast to, or null. */
const broadcastDim = (a: Dim, b: Dim): Dim | null => (a === b || b === 1 ? a : a === 1 ? b : null)

/** The common shape, or an error that names the first pair of axes that differ. */
export const broadcastShapes = (where: string, a: Shape, b: Shape): E.Either<TensorError, Shape> => {
  const rank = Math.max(a.length, b.length)
  const result: Dim[] = []
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    const dim = broadcastDim(left, right)
    if (dim === null)
      return E.left(
        shapeError({
          where,
          expected: `shapes that broadcast`,
          found: `${printShape(a)} and ${printShape(b)}, whose sizes ${left} and ${right} differ`,
          hint: 'shapes are aligned at their last axes; reshape one operand so that sizes agree or are 1',
        }),
      )
    result.push(dim)
  }
  return E.right(result)
}

/** Of two aligned sizes that agree: the one that is not 1, or the one that is better known. */
type BroadcastSize<A extends Dim, B extends Dim> = [A] extends [1]
  ? B
  : [B] extends [1]
    ? A
    : [A] extends [B]
      ? A
      : [B] extends [A]
        ? B
        : number extends A
          ? B
          : A

/** The type of the common shape. A scalar B is looked for first, so that generic code over A is not held up. */
export type Broadcast<A extends Shape, B extends Shape> = B extends readonly []
  ? A
  : A extends readonly []
    ? B
    : true extends IsOpen<A> | IsOpen<B>
      ? Shape
      : A extends readonly [...infer LeadA extends Shape, infer LastA extends Dim]
        ? B extends readonly [...infer LeadB extends Shape, infer LastB extends Dim]
          ? readonly [...Broadcast<LeadA, LeadB>, BroadcastSize<LastA, LastB>]
          : Shape
        : Shape

/** Whether two aligned sizes may broadcast: equal, one of them 1, or not known. */
type SizesBroadcast<A extends Dim, B extends Dim> = [A] extends [1]
  ? true
  : [B] extends [1]
    ? true
    : DimsAgree<A, B>

/** The first pair of aligned axes, from the last one on, that do not broadcast; or null. */
type Differing<A extends Shape, B extends Shape> = A extends readonly [
  ...infer LeadA extends Shape,
  infer LastA extends Dim,
]
  ? B extends readonly [...infer LeadB extends Shape, infer LastB extends Dim]
    ? SizesBroadcast<LastA, LastB> extends true
      ? Differing<LeadA, LeadB>
      : readonly [LastA, LastB]
    : null
  : null

/** `unknown` where the shapes broadcast or it can only be judged at run time. */
export type BroadcastCheck<Where extends string, A extends Shape, B extends Shape> = B extends readonly []
  ? unknown
  : true extends IsOpen<A> | IsOpen<B>
    ? unknown
    : Differing<A, B> extends readonly [infer Left extends Dim, infer Right extends Dim]
      ? ShapeError<`${Where}: axes ${Left} and ${Right} differ`>
      : unknown
