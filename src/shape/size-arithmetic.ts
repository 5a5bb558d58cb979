/**
 * Shapes at the type level: sizes are added and multiplied, axes found and replaced, shapes printed for
 * error sentences. A size that is only known as `number`, or a shape of unknown rank, stays unknown: what
 * depends on it is left to the run-time rule.
 */
import type { Add, Divide, Mod, Multiply, Subtract } from 'ts-arithmetic'
import type { Dim, Shape } from './dim.js'

/** True where the rank is not known: `Shape` itself, or a list. */
export type IsOpen<S extends Shape> = number extends S['length'] ? true : false

/** True where a dim is not a literal: `number`, `string` or both. */
export type IsLoose<D> = number extends D ? true : string extends D ? true : false

/** Whether two dims may be the same size: equal, or not known. */
export type DimsAgree<A, B> = true extends IsLoose<A> | IsLoose<B>
  ? true
  : [A] extends [B]
    ? [B] extends [A]
      ? true
      : false
    : false

/** Lets a computed tuple stand where a shape is asked for. */
export type AsShape<S> = S extends Shape ? S : never

export type AddSizes<A, B> = A extends number ? (B extends number ? Add<A, B> : number) : number
export type SubtractSizes<A, B> = A extends number ? (B extends number ? Subtract<A, B> : number) : number

export type MultiplySizes<A, B> = A extends number ? (B extends number ? Multiply<A, B> : number) : number

/** ⌈A / B⌉ of a size that is not negative and a positive one. */
export type CeilDivide<A, B> = true extends IsLoose<A> | IsLoose<B>
  ? number
  : B extends 1
    ? A
    : A extends number
      ? B extends number
        ? FloorDivide<Subtract<Add<A, B>, 1>, B>
        : number
      : number

type FloorDivide<A extends number, B extends number> = Divide<Subtract<A, Mod<A, B>>, B>

/** The product of the axes that have sizes; names are left out, an unknown size makes it unknown. */
export type ProductOf<S extends Shape, Product extends number = 1> = S extends readonly [
  infer Head,
  ...infer Rest extends Shape,
]
  ? Head extends number
    ? ProductOf<Rest, Multiply<Product, Head>>
    : ProductOf<Rest, Product>
  : Product

/** The named axes in order. */
export type NamesOf<S extends Shape> = S extends readonly [infer Head, ...infer Rest extends Shape]
  ? Head extends string
    ? readonly [Head, ...NamesOf<Rest>]
    : NamesOf<Rest>
  : readonly []

/** Whether A is a multiple of B. */
export type Divides<B extends number, A extends number> = B extends 0
  ? false
  : Mod<A, B> extends 0
    ? true
    : false

/** An axis that may count from the end, counted from 0. */
export type FrontAxis<Axis extends number, S extends Shape> = `${Axis}` extends `-${string}`
  ? Add<Axis, S['length']>
  : Axis

/** Whether an axis counted from 0 is one of the shape's. */
export type HasAxis<S extends Shape, Axis> = Axis extends number
  ? `${Axis}` extends keyof S
    ? true
    : false
  : false

/** The axis replaced by the axes of `By`. */
export type ReplaceAxis<
  S extends Shape,
  Axis extends number,
  By extends Shape,
  Seen extends readonly unknown[] = [],
> = S extends readonly [infer Head extends Dim, ...infer Rest extends Shape]
  ? Seen['length'] extends Axis
    ? readonly [...By, ...Rest]
    : readonly [Head, ...ReplaceAxis<Rest, Axis, By, [...Seen, Head]>]
  : readonly []

/** The shape as error sentences show it: `3, batch`. */
export type PrintDims<S extends Shape> = S extends readonly [
  infer Head extends Dim,
  ...infer Rest extends Shape,
]
  ? Rest extends readonly []
    ? `${Head}`
    : `${Head}, ${PrintDims<Rest>}`
  : ''
