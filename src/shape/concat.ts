/** Concatenation along one axis: the other axes agree, the sizes along it add up. */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type {
  AddSizes,
  AsShape,
  DimsAgree,
  FrontAxis,
  HasAxis,
  IsOpen,
  PrintDims,
  ReplaceAxis,
} from './size-arithmetic.js'

/** The joined shape; `axis` counts from 0. A named axis can be joined with nothing, since names do not add up. */
export const concatShape = (
  where: string,
  parts: readonly Shape[],
  axis: number,
): E.Either<TensorError, Shape> => {
  const [first] = parts
  const found = `${parts.map(printShape).join(', ') || 'nothing'} along axis ${axis}`
  const refuse = (expected: string, hint: string): E.Either<TensorError, never> =>
    E.left(shapeError({ where, expected, found, hint }))
  if (first === undefined) return refuse('at least one tensor', 'give the parts to join')
  if (!Number.isInteger(axis) || axis < 0 || axis >= first.length)
    return refuse(`an axis from 0 to ${first.length - 1}`, 'an axis counts from 0, or from -1 at the end')
  const agree = parts.every(
    (part) => part.length === first.length && part.every((dim, i) => i === axis || dim === first[i]),
  )
  if (!agree)
    return refuse('shapes that agree on every other axis', 'reshape, slice or broadcast the parts first')
  if (parts.length === 1) return E.right(first)
  const sizes = parts.flatMap((part) => part[axis] ?? [])
  const known = sizes.filter((size): size is number => typeof size === 'number')
  if (known.length !== sizes.length)
    return refuse(`sizes along axis ${axis}`, 'a named axis has no size to add; join along another one')
  return E.right(first.map((dim, i) => (i === axis ? known.reduce((sum, size) => sum + size, 0) : dim)))
}

/** The sum of the parts' sizes along an axis. */
type SumAlong<
  Parts extends readonly Shape[],
  Axis extends number,
  Sum extends number = 0,
> = Parts extends readonly [infer First extends Shape, ...infer Rest extends readonly Shape[]]
  ? SumAlong<Rest, Axis, AddSizes<Sum, First[FrontAxis<Axis, First>]>>
  : Sum

type JoinedSize<Parts extends readonly Shape[], Axis extends number> = Parts extends readonly [
  infer Only extends Shape,
]
  ? Only[FrontAxis<Axis, Only>]
  : SumAlong<Parts, Axis>

/** The type of the joined shape; of unknown rank where the parts are a list or their rank is unknown. */
export type Concatenated<Parts extends readonly Shape[], Axis extends number> = number extends
  Parts['length'] | Axis
  ? Shape
  : Parts extends readonly [infer First extends Shape, ...(readonly Shape[])]
    ? IsOpen<First> extends true
      ? Shape
      : AsShape<ReplaceAxis<First, FrontAxis<Axis, First>, AsShape<readonly [JoinedSize<Parts, Axis>]>>>
    : Shape

/** Whether two shapes agree on every axis but one. */
type AgreeBeside<
  A extends Shape,
  B extends Shape,
  Axis extends number,
  Seen extends readonly unknown[] = [],
> = A extends readonly [infer Left, ...infer RestA extends Shape]
  ? B extends readonly [infer Right, ...infer RestB extends Shape]
    ? Seen['length'] extends Axis
      ? AgreeBeside<RestA, RestB, Axis, [...Seen, Left]>
      : DimsAgree<Left, Right> extends true
        ? AgreeBeside<RestA, RestB, Axis, [...Seen, Left]>
        : false
    : false
  : B extends readonly []
    ? true
    : false

type PartsCheck<
  First extends Shape,
  Others extends readonly Shape[],
  Axis extends number,
> = Others extends readonly [infer Next extends Shape, ...infer Rest extends readonly Shape[]]
  ? IsOpen<Next> extends true
    ? PartsCheck<First, Rest, Axis>
    : AgreeBeside<First, Next, FrontAxis<Axis, First>> extends true
      ? PartsCheck<First, Rest, Axis>
      : ShapeError<`concat: [${PrintDims<First>}] and [${PrintDims<Next>}] differ beside axis ${Axis}`>
  : unknown

/** Names along the axis do not add up. */
type NamedCheck<Parts extends readonly Shape[], Axis extends number> = Parts extends readonly [
  infer First extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? First[FrontAxis<Axis, First>] extends infer Size
    ? string extends Size
      ? NamedCheck<Rest, Axis>
      : Size extends string
        ? ShapeError<`concat: axis ${Size} has a name and no size to add`>
        : NamedCheck<Rest, Axis>
    : unknown
  : unknown

/** `unknown` where the parts agree beside the axis or it can only be judged at run time. */
export type ConcatCheck<Parts extends readonly Shape[], Axis extends number> = number extends
  Parts['length'] | Axis
  ? unknown
  : Parts extends readonly [infer First extends Shape, ...infer Others extends readonly Shape[]]
    ? IsOpen<First> extends true
      ? unknown
      : HasAxis<First, FrontAxis<Axis, First>> extends true
        ? Others extends readonly []
          ? unknown
          : PartsCheck<First, Others, Axis> & NamedCheck<Parts, Axis>
        : ShapeError<`concat: [${PrintDims<First>}] has no axis ${Axis}`>
    : ShapeError<'concat: nothing to join'>
