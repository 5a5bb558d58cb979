/** Reshaping: the same elements in row-major order, in other axes. Named axes pass through whole, in order. */
import * as E from 'fp-ts/lib/Either.js'
import type { Divide } from 'ts-arithmetic'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, Divides, IsOpen, NamesOf, PrintDims, ProductOf } from './size-arithmetic.js'

const isName = (dim: Dim): dim is string => typeof dim === 'string'
const isSize = (dim: Dim): boolean => typeof dim === 'string' || (Number.isInteger(dim) && dim >= 0)

/** The product of the axes that have sizes. */
const knownSize = (shape: Shape): number =>
  shape.reduce<number>((product, dim) => (isName(dim) ? product : product * dim), 1)

const refuse = (where: string, expected: string, found: string): E.Either<TensorError, never> =>
  E.left(
    shapeError({
      where,
      expected,
      found,
      hint: 'a reshape keeps the number of elements; named axes stay whole and in order (permute moves them)',
    }),
  )

/** `to`, if it has as many elements as `from` and the same named axes in the same order. */
export const reshapeShape = (where: string, from: Shape, to: Shape): E.Either<TensorError, Shape> => {
  const found = `${printShape(from)} to ${printShape(to)}`
  if (!to.every(isSize)) return refuse(where, 'sizes that are whole and not negative', found)
  const [before, after] = [from.filter(isName), to.filter(isName)]
  if (before.length !== after.length || before.some((name, i) => name !== after[i]))
    return refuse(where, `the named axes [${before.join(', ')}]`, found)
  return knownSize(from) === knownSize(to)
    ? E.right(to)
    : refuse(where, `${knownSize(from)} elements`, `${found}, which has ${knownSize(to)}`)
}

/** `to` with its one -1 replaced by the size that keeps the number of elements. */
export const inferReshape = (where: string, from: Shape, to: Shape): E.Either<TensorError, Shape> => {
  const open = to.filter((dim) => dim === -1).length
  if (open === 0) return E.right(to)
  const rest = knownSize(to.filter((dim) => dim !== -1))
  const inferred = knownSize(from) / rest
  return open === 1 && Number.isInteger(inferred)
    ? E.right(to.map((dim) => (dim === -1 ? inferred : dim)))
    : refuse(
        where,
        open === 1 ? `${rest} to divide ${knownSize(from)}` : 'at most one -1',
        `${printShape(from)} to ${printShape(to)}`,
      )
}

/** The target's axes without -1. */
type Stated<To extends Shape> = To extends readonly [infer Head extends Dim, ...infer Rest extends Shape]
  ? Head extends -1
    ? Stated<Rest>
    : readonly [Head, ...Stated<Rest>]
  : readonly []

/** The size that -1 stands for; `number` where it does not come out whole (which the check refuses). */
type Inferred<From extends Shape, To extends Shape> =
  IsOpen<From> extends true
    ? number
    : Divides<ProductOf<Stated<To>>, ProductOf<From>> extends true
      ? Divide<ProductOf<From>, ProductOf<Stated<To>>>
      : number

/** The type of a reshaped tensor's shape: the target, with -1 inferred. */
export type Reshaped<From extends Shape, To extends Shape> = AsShape<{
  readonly [Axis in keyof To]: To[Axis] extends -1 ? Inferred<From, To> : To[Axis]
}>

type ProductCheck<From extends Shape, To extends Shape> =
  ProductOf<From> extends ProductOf<To>
    ? unknown
    : number extends ProductOf<To>
      ? unknown
      : number extends ProductOf<From>
        ? unknown
        : ShapeError<`reshape: [${PrintDims<From>}] has ${ProductOf<From>} elements, [${PrintDims<To>}] has ${ProductOf<To>}`>

type SizeCheck<From extends Shape, To extends Shape> = -1 extends To[number]
  ? number extends ProductOf<From> | ProductOf<Stated<To>>
    ? unknown
    : Divides<ProductOf<Stated<To>>, ProductOf<From>> extends true
      ? unknown
      : ShapeError<`reshape: ${ProductOf<From>} elements do not divide by ${ProductOf<Stated<To>>}`>
  : ProductCheck<From, To>

/** `unknown` where the reshape is fine or can only be judged at run time, else the sentence that says why not. */
export type ReshapeCheck<From extends Shape, To extends Shape> = true extends IsOpen<From> | IsOpen<To>
  ? unknown
  : string extends From[number] | To[number]
    ? unknown
    : [NamesOf<From>, NamesOf<To>] extends [NamesOf<To>, NamesOf<From>]
      ? SizeCheck<From, To>
      : ShapeError<`reshape: named axes [${PrintDims<NamesOf<From>>}] and [${PrintDims<NamesOf<To>>}] differ`>
