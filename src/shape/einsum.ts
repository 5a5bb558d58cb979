/**
 * Einstein summation of two operands: a pattern such as `bij,bjk->bik` names every axis by a letter. Equal
 * letters have equal sizes, and letters that the result does not have are summed over.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { shapeError } from '../error/error.js'
import type { Dim, Shape } from './dim.js'
import { printShape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, DimsAgree, IsLoose, IsOpen } from './size-arithmetic.js'

/** The letters of the two operands and of the result. */
export interface Contraction {
  readonly x: readonly string[]
  readonly y: readonly string[]
  readonly result: readonly string[]
  /** Letters of the operands that the result lacks, in order of appearance. */
  readonly summed: readonly string[]
}

const PATTERN = /^([A-Za-z]*),([A-Za-z]*)->([A-Za-z]*)$/
const isDistinct = (letters: readonly string[]): boolean => new Set(letters).size === letters.length

/** The pattern taken apart. */
export const parseEinsum = (where: string, pattern: string): E.Either<TensorError, Contraction> => {
  const parts = PATTERN.exec(pattern)
    ?.slice(1)
    .map((letters) => [...letters])
  const [x = [], y = [], result = []] = parts ?? []
  const known = new Set([...x, ...y])
  return parts !== undefined &&
    isDistinct(x) &&
    isDistinct(y) &&
    isDistinct(result) &&
    result.every((letter) => known.has(letter))
    ? E.right({ x, y, result, summed: [...known].filter((letter) => !result.includes(letter)) })
    : E.left(
        shapeError({
          where,
          expected: "a pattern such as 'bij,bjk->bik'",
          found: `'${pattern}'`,
          hint: 'one letter an axis, none twice in an operand or in the result, and none in the result alone',
        }),
      )
}

/** The size of each letter. */
export const letterSizes = (
  where: string,
  contraction: Contraction,
  x: Shape,
  y: Shape,
): E.Either<TensorError, ReadonlyMap<string, Dim>> => {
  const found = `${printShape(x)} and ${printShape(y)}`
  if (x.length !== contraction.x.length || y.length !== contraction.y.length)
    return E.left(
      shapeError({
        where,
        expected: `operands with axes ${contraction.x.join('') || '(none)'} and ${contraction.y.join('') || '(none)'}`,
        found,
        hint: 'one letter of the pattern an axis',
      }),
    )
  const sizes = new Map<string, Dim>()
  for (const [letters, shape] of [
    [contraction.x, x],
    [contraction.y, y],
  ] as const)
    for (const [axis, letter] of letters.entries()) {
      const size = shape[axis] ?? 1
      const known = sizes.get(letter) ?? size
      if (known !== size)
        return E.left(
          shapeError({
            where,
            expected: `one size for letter ${letter}`,
            found: `${known} and ${size} in ${found}`,
            hint: 'equal letters have equal sizes; nothing is broadcast',
          }),
        )
      sizes.set(letter, size)
    }
  return E.right(sizes)
}

/** The shape of the result. */
export const einsumShape = (
  where: string,
  pattern: string,
  x: Shape,
  y: Shape,
): E.Either<TensorError, Shape> =>
  E.chain((contraction: Contraction) =>
    E.map((sizes: ReadonlyMap<string, Dim>): Shape =>
      contraction.result.map((letter) => sizes.get(letter) ?? 1),
    )(letterSizes(where, contraction, x, y)),
  )(parseEinsum(where, pattern))

/** The letters of a word, one by one. */
type Letters<Word extends string> = Word extends `${infer Head}${infer Rest}`
  ? readonly [Head, ...Letters<Rest>]
  : readonly []

/** The sizes that letters have in an operand, joined to those known. */
type Bind<Names extends readonly string[], S extends Shape, Known> = Names extends readonly [
  infer Name extends string,
  ...infer Others extends readonly string[],
]
  ? S extends readonly [infer Size extends Dim, ...infer Rest extends Shape]
    ? Name extends keyof Known
      ? DimsAgree<Known[Name], Size> extends true
        ? Bind<
            Others,
            Rest,
            Omit<Known, Name> & {
              readonly [K in Name]: IsLoose<Known[Name]> extends true ? Size : Known[Name]
            }
          >
        : ShapeError<`einsum: letter ${Name} is both ${Known[Name] & Dim} and ${Size}`>
      : Bind<Others, Rest, Known & { readonly [K in Name]: Size }>
    : Known
  : Known

type Sizes<X extends string, Y extends string, A extends Shape, B extends Shape> = Bind<
  Letters<Y>,
  B,
  Bind<Letters<X>, A, Readonly<Record<never, never>>>
>

/** The sizes of some letters. */
type Look<Names extends readonly string[], Known> = {
  readonly [K in keyof Names]: Names[K] extends keyof Known ? Known[Names[K]] : Dim
}

/** The type of the result's shape, read from the pattern. */
export type EinsumShape<
  Pattern extends string,
  A extends Shape,
  B extends Shape,
> = Pattern extends `${infer X},${infer Y}->${infer Result}`
  ? AsShape<Look<Letters<Result>, true extends IsOpen<A> | IsOpen<B> ? unknown : Sizes<X, Y, A, B>>>
  : Shape

type RankCheck<Word extends string, S extends Shape> =
  IsOpen<S> extends true
    ? unknown
    : Letters<Word>['length'] extends S['length']
      ? unknown
      : ShapeError<`einsum: '${Word}' names ${Letters<Word>['length']} axes, its operand has ${S['length']}`>

/** The first letter that stands twice in a word, or never. */
type Repeated<Names extends readonly string[]> = Names extends readonly [
  infer Head extends string,
  ...infer Rest extends readonly string[],
]
  ? Head extends Rest[number]
    ? Head
    : Repeated<Rest>
  : never

type LetterCheck<X extends string, Y extends string, Result extends string> = [
  Repeated<Letters<X>> | Repeated<Letters<Y>> | Repeated<Letters<Result>>,
] extends [never]
  ? [Exclude<Letters<Result>[number], Letters<X>[number] | Letters<Y>[number]>] extends [never]
    ? unknown
    : ShapeError<`einsum: letter ${Exclude<Letters<Result>[number], Letters<X>[number] | Letters<Y>[number]>} stands in the result alone`>
  : ShapeError<`einsum: letter ${Repeated<Letters<X>> | Repeated<Letters<Y>> | Repeated<Letters<Result>>} stands twice in one place`>

type ClashCheck<X extends string, Y extends string, A extends Shape, B extends Shape> = true extends
  IsOpen<A> | IsOpen<B>
  ? unknown
  : Sizes<X, Y, A, B> extends ShapeError<infer Message>
    ? ShapeError<Message>
    : unknown

/** `unknown` where the operands fit the pattern or it can only be judged at run time. */
export type EinsumCheck<Pattern extends string, A extends Shape, B extends Shape> = string extends Pattern
  ? unknown
  : Pattern extends `${infer X},${infer Y}->${infer Result}`
    ? RankCheck<X, A> & RankCheck<Y, B> & LetterCheck<X, Y, Result> & ClashCheck<X, Y, A, B>
    : ShapeError<`einsum: '${Pattern}' is not a pattern such as 'bij,bjk->bik'`>
