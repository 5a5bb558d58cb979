/**
 * Matrix products over variadic leading axes: [...B, I] × [I, O], one matrix for all; or
 * [...B, I, K] × [...B, K, O], a matrix for each.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, DimsAgree, IsOpen } from './size-arithmetic.js'

/** Letters for leading axes are capitals, which leaves i, j and k to the matrix. */
const leading = (count: number): string =>
  Array.from({ length: count }, (_, i) => String.fromCharCode(65 + i)).join('')

/** The contraction that multiplies x by w, as an einsum pattern. */
export const matmulPattern = (where: string, x: Shape, w: Shape): E.Either<TensorError, string> => {
  const found = `${printShape(x)} × ${printShape(w)}`
  const refuse = (expected: string, hint: string): E.Either<TensorError, never> =>
    E.left(shapeError({ where, expected, found, hint }))
  if (w.length < 2 || x.length < 1 || (w.length > 2 && w.length !== x.length))
    return refuse(
      '[...B, I] × [I, O] or [...B, I, K] × [...B, K, O]',
      'w is one matrix, or has the leading axes of x',
    )
  const [inner, rows] = [x.at(-1), w.at(-2)]
  if (inner !== rows)
    return refuse(
      `inner axes that agree, not ${inner} and ${rows}`,
      'the last axis of x is the last but one of w; permute or reshape one of them',
    )
  if (w.length === 2) return E.right(`${leading(x.length - 1)}i,io->${leading(x.length - 1)}o`)
  const differ = w.slice(0, -2).findIndex((dim, axis) => dim !== x[axis])
  if (differ >= 0)
    return refuse(`leading axes that agree, not ${x[differ]} and ${w[differ]}`, 'broadcast one of them first')
  const batch = leading(x.length - 2)
  return E.right(`${batch}ik,${batch}kj->${batch}ij`)
}

/** The type of the product's shape. */
export type MatmulShape<X extends Shape, W extends Shape> = true extends IsOpen<X> | IsOpen<W>
  ? Shape
  : X extends readonly [...infer Lead extends Shape, infer _Inner]
    ? W extends readonly [...infer _Rows, infer Out]
      ? AsShape<readonly [...Lead, Out]>
      : Shape
    : Shape

/** The first pair of axes that differ, or null. */
type Differing<A extends Shape, B extends Shape> = A extends readonly [
  infer Left,
  ...infer RestA extends Shape,
]
  ? B extends readonly [infer Right, ...infer RestB extends Shape]
    ? DimsAgree<Left, Right> extends true
      ? Differing<RestA, RestB>
      : readonly [Left, Right]
    : null
  : null

type LeadCheck<X extends Shape, W extends Shape> = W extends readonly [Dim, Dim]
  ? unknown
  : X['length'] extends W['length']
    ? X extends readonly [...infer A extends Shape, infer _I, infer _K]
      ? W extends readonly [...infer B extends Shape, infer _R, infer _O]
        ? Differing<A, B> extends readonly [infer Left extends Dim, infer Right extends Dim]
          ? ShapeError<`matmul: leading axes ${Left} and ${Right} differ`>
          : unknown
        : unknown
      : unknown
    : ShapeError<`matmul: ranks ${X['length']} and ${W['length']} differ, and the second is not one matrix`>

/** `unknown` where the product exists or it can only be judged at run time. */
export type MatmulCheck<X extends Shape, W extends Shape> = true extends IsOpen<X> | IsOpen<W>
  ? unknown
  : X extends readonly [...infer _Lead, infer Inner extends Dim]
    ? W extends readonly [...infer _Before, infer Rows extends Dim, infer _Out]
      ? DimsAgree<Inner, Rows> extends true
        ? LeadCheck<X, W>
        : ShapeError<`matmul: inner axes ${Inner} and ${Rows} differ`>
      : ShapeError<'matmul: the second operand is not a matrix'>
    : ShapeError<'matmul: the first operand is a scalar'>
