/** The types of Einstein summation: the result's shape read from a pattern, and the sentences that refuse. */
import type { Dim, Shape } from './dim.js'
import type { ShapeError } from './shape-error.js'
import type { AsShape, DimsAgree, IsLoose, IsOpen } from './size-arithmetic.js'

type Names = readonly string[]

/** The letters of a word, one by one. */
type Letters<Word extends string> = Word extends `${infer Head}${infer Rest}`
  ? readonly [Head, ...Letters<Rest>]
  : readonly []

/** A shape without as many first axes as there are names; never where it has too few. */
type WithoutFirst<S extends Shape, Of extends Names> = Of extends readonly [
  unknown,
  ...infer Rest extends Names,
]
  ? S extends readonly [unknown, ...infer Others extends Shape]
    ? WithoutFirst<Others, Rest>
    : never
  : S

/** Names for the axes that the dots stand for: `...2`, `...1`, counted from their end. */
type DotNames<S extends Shape> = S extends readonly [unknown, ...infer Rest extends Shape]
  ? readonly [`...${S['length']}`, ...DotNames<Rest>]
  : readonly []

type Left<Word extends string, S extends Shape> = WithoutFirst<S, Letters<Written<Word>>>

type Dots<Word extends string, S extends Shape> =
  HasDots<Word> extends true
    ? [Left<Word, S>] extends [never]
      ? readonly []
      : DotNames<Left<Word, S>>
    : readonly []

type Longer<A extends Names, B extends Names> = A extends readonly [unknown, ...infer RestA extends Names]
  ? B extends readonly [unknown, ...infer RestB extends Names]
    ? Longer<RestA, RestB> extends 'first'
      ? 'first'
      : 'second'
    : 'first'
  : B extends readonly []
    ? 'first'
    : 'second'

/** The longer list of names for the dots. */
type AllDots<X extends string, Y extends string, A extends Shape, B extends Shape> =
  Longer<Dots<X, A>, Dots<Y, B>> extends 'first' ? Dots<X, A> : Dots<Y, B>

/** A name for each axis that a word stands for. */
type Fill<Word extends string, D extends Names> = Word extends `${infer Before}...${infer After}`
  ? readonly [...Letters<Before>, ...D, ...Letters<After>]
  : Letters<Word>

/** A word without its dots. */
type Written<Word extends string> = Word extends `${infer Before}...${infer After}`
  ? `${Before}${After}`
  : Word

/** Whether a letter stands exactly once in a word. */
type StandsOnce<Letter extends string, Word extends string> = Word extends `${string}${Letter}${infer Rest}`
  ? Rest extends `${string}${Letter}${string}`
    ? false
    : true
  : false

type Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The letters that stand once, in ASCII order. */
type Single<
  Word extends string,
  From extends string = Alphabet,
  Found extends string = '',
> = From extends `${infer Letter}${infer Rest}`
  ? Single<Word, Rest, StandsOnce<Letter, Word> extends true ? `${Found}${Letter}` : Found>
  : Found

type HasDots<Word extends string> = Word extends `${string}...${string}` ? true : false

/** A pattern taken apart; the result's word made up where it is left out. */
type Parts<Pattern extends string> = Pattern extends `${infer X},${infer Y}->${infer Result}`
  ? readonly [X, Y, Result]
  : Pattern extends `${string}->${string}`
    ? null
    : Pattern extends `${infer X},${infer Y}`
      ? Single<`${Written<X>}${Written<Y>}`> extends infer Kept extends string
        ? readonly [X, Y, true extends HasDots<X> | HasDots<Y> ? `...${Kept}` : Kept]
        : null
      : null

type Clash<Name extends string, A extends Dim, B extends Dim> = Name extends `...${infer Place}`
  ? ShapeError<`einsum: axis -${Place} of '...' is both ${A} and ${B}`>
  : ShapeError<`einsum: letter ${Name} is both ${A} and ${B}`>

/** The sizes that names have in an operand, joined to those known. */
type Bind<Of extends Names, S extends Shape, Known> = Of extends readonly [
  infer Name extends string,
  ...infer Others extends Names,
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
        : Clash<Name, Known[Name] & Dim, Size>
      : Bind<Others, Rest, Known & { readonly [K in Name]: Size }>
    : Known
  : Known

type Sizes<X extends string, Y extends string, A extends Shape, B extends Shape> = Bind<
  Fill<Y, Dots<Y, B>>,
  B,
  Bind<Fill<X, Dots<X, A>>, A, Readonly<Record<never, never>>>
>

/** The sizes of some names. */
type Look<Of extends Names, Known> = {
  readonly [K in keyof Of]: Of[K] extends keyof Known ? Known[Of[K]] : Dim
}

/** The type of the result's shape, read from the pattern. */
export type EinsumShape<Pattern extends string, A extends Shape, B extends Shape> =
  Parts<Pattern> extends readonly [
    infer X extends string,
    infer Y extends string,
    infer Result extends string,
  ]
    ? true extends IsOpen<A> | IsOpen<B>
      ? HasDots<Result> extends true
        ? Shape
        : AsShape<Look<Letters<Result>, unknown>>
      : AsShape<Look<Fill<Result, AllDots<X, Y, A, B>>, Sizes<X, Y, A, B>>>
    : Shape

type RankCheck<Word extends string, S extends Shape> =
  IsOpen<S> extends true
    ? unknown
    : HasDots<Word> extends true
      ? [Left<Word, S>] extends [never]
        ? ShapeError<`einsum: '${Word}' names at least ${Letters<Written<Word>>['length']} axes, its operand has ${S['length']}`>
        : unknown
      : Letters<Word>['length'] extends S['length']
        ? unknown
        : ShapeError<`einsum: '${Word}' names ${Letters<Word>['length']} axes, its operand has ${S['length']}`>

/** The first letter that stands twice, or never. */
type Repeated<Of extends Names> = Of extends readonly [infer Head extends string, ...infer Rest extends Names]
  ? Head extends Rest[number]
    ? Head
    : Repeated<Rest>
  : never

type ResultCheck<Operands extends string, Result extends string> = [Repeated<Letters<Result>>] extends [never]
  ? [Exclude<Letters<Result>[number], Letters<Operands>[number]>] extends [never]
    ? unknown
    : ShapeError<`einsum: letter ${Exclude<Letters<Result>[number], Letters<Operands>[number]>} stands in the result alone`>
  : ShapeError<`einsum: letter ${Repeated<Letters<Result>>} stands twice in the result`>

type DotsCheck<X extends string, Y extends string, Result extends string> = true extends
  HasDots<X> | HasDots<Y>
  ? HasDots<Result> extends true
    ? unknown
    : ShapeError<"einsum: '...' is missing from the result">
  : HasDots<Result> extends true
    ? ShapeError<"einsum: '...' stands in the result alone">
    : unknown

type ClashCheck<X extends string, Y extends string, A extends Shape, B extends Shape> = true extends
  IsOpen<A> | IsOpen<B>
  ? unknown
  : Sizes<X, Y, A, B> extends ShapeError<infer Message>
    ? ShapeError<Message>
    : unknown

/** `unknown` where the operands fit the pattern or it can only be judged at run time. */
export type EinsumCheck<Pattern extends string, A extends Shape, B extends Shape> = string extends Pattern
  ? unknown
  : Parts<Pattern> extends readonly [
        infer X extends string,
        infer Y extends string,
        infer Result extends string,
      ]
    ? RankCheck<X, A> &
        RankCheck<Y, B> &
        DotsCheck<X, Y, Result> &
        ResultCheck<`${Written<X>}${Written<Y>}`, Written<Result>> &
        ClashCheck<X, Y, A, B>
    : ShapeError<`einsum: '${Pattern}' is not a pattern such as 'bij,bjk->bik'`>
