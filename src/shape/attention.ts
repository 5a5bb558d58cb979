/** Attention at the type level: queries [..., T, D], keys [..., S, D], values [..., S, E] give [..., T, E]. */
import type { Dim, Shape } from './dim.js'
import type { GroupsCheck } from './groups.js'
import type { ShapesAgree } from './last-axis.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, DimsAgree, IsOpen, PrintDims } from './size-arithmetic.js'

/** The type of the result's shape. */
export type AttentionShape<Q extends Shape, V extends Shape> = true extends IsOpen<Q> | IsOpen<V>
  ? Shape
  : Q extends readonly [...infer Lead extends Shape, Dim]
    ? V extends readonly [...Shape, infer Wide extends Dim]
      ? AsShape<readonly [...Lead, Wide]>
      : Shape
    : Shape

type WidthsCheck<D extends Dim, KeyD extends Dim, S extends Dim, ValueS extends Dim> =
  DimsAgree<D, KeyD> extends true
    ? DimsAgree<S, ValueS> extends true
      ? unknown
      : ShapeError<`attention: ${S} keys and ${ValueS} values`>
    : ShapeError<`attention: queries of ${D} and keys of ${KeyD} numbers`>

/** The type of the result's shape where the widths hold several heads. */
export type MultiHeadShape<Q extends Shape, V extends Shape> = AttentionShape<Q, V>

type HeadsDivide<Heads extends number, S extends Shape> = S extends readonly [
  ...Shape,
  infer Width extends Dim,
]
  ? GroupsCheck<'multiHeadAttention', Width, Heads, 'heads'>
  : unknown

/** `unknown` where attention in heads is possible, or only the run can tell. */
export type HeadsCheck<
  Heads extends number,
  Q extends Shape,
  K extends Shape,
  V extends Shape,
> = AttentionCheck<Q, K, V> & HeadsDivide<Heads, Q> & HeadsDivide<Heads, V>

/** `unknown` where queries, keys and values fit or it can only be judged at run time. */
export type AttentionCheck<Q extends Shape, K extends Shape, V extends Shape> = true extends
  IsOpen<Q> | IsOpen<K> | IsOpen<V>
  ? unknown
  : [Q, K, V] extends [
        readonly [...infer LeadQ extends Shape, Dim, infer D extends Dim],
        readonly [...infer LeadK extends Shape, infer S extends Dim, infer KeyD extends Dim],
        readonly [...infer LeadV extends Shape, infer ValueS extends Dim, Dim],
      ]
    ? [ShapesAgree<LeadQ, LeadK>, ShapesAgree<LeadK, LeadV>] extends [true, true]
      ? WidthsCheck<D, KeyD, S, ValueS>
      : ShapeError<`attention: leading axes of [${PrintDims<Q>}], [${PrintDims<K>}] and [${PrintDims<V>}] differ`>
    : ShapeError<'attention: queries, keys and values have at least two axes'>
