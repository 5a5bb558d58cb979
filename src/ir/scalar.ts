/**
 * The scalar language of a kernel: what one thread computes, as plain data.
 *
 * A kernel is a loop skeleton with a scalar expression in it. Expressions form a DAG: a node used twice
 * (the same object) is computed once. Indices are integers and kept apart from numbers, so that a pass
 * can reason about their ranges without looking at any arithmetic on values.
 */

/** Functions of one number. `sign(0)` is 0, `round` takes halves to the even neighbour, `not` is 1 − x on a bool. */
export type UnaryFn =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'trunc'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'rsqrt'
  | 'reciprocal'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'not'

/**
 * Functions of two numbers. Comparisons and `and`/`or` give a bool, 0 or 1. `mod` is the floored remainder
 * x − y·floor(x/y). The five `i…` functions take integers in [0, 2^24); `ishl` and `ishr` shift by y in [0, 23],
 * and a result of `ishl` at or above 2^24 loses its high bits (it is taken modulo 2^24).
 */
export type BinaryFn =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'max'
  | 'min'
  | 'pow'
  | 'mod'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'eq'
  | 'ne'
  | 'and'
  | 'or'
  | 'iand'
  | 'ior'
  | 'ixor'
  | 'ishl'
  | 'ishr'

export type Scalar =
  | { readonly kind: 'const'; readonly value: number }
  /** The element of input number `input` at a flat index. */
  | { readonly kind: 'read'; readonly input: number; readonly index: Index }
  | { readonly kind: 'unary'; readonly fn: UnaryFn; readonly x: Scalar }
  | { readonly kind: 'binary'; readonly fn: BinaryFn; readonly x: Scalar; readonly y: Scalar }
  /** x where the bool is not 0, else y; both may be evaluated. */
  | { readonly kind: 'select'; readonly condition: Scalar; readonly x: Scalar; readonly y: Scalar }
  /** x where the condition holds, else y; the one not chosen is not evaluated, so its reads may be out of range. */
  | { readonly kind: 'guard'; readonly condition: Condition; readonly x: Scalar; readonly y: Scalar }
  /** An index as a number; exact below 2^24. */
  | { readonly kind: 'index'; readonly index: Index }
  /** The value of the reduction; only in an epilogue. */
  | { readonly kind: 'accumulator' }

/** An integer computed from the output's coordinates, loop counters and, for a gather, from data. */
export type Index =
  | { readonly kind: 'const'; readonly value: number }
  /** The coordinate along output axis `axis`: 0 ≤ value < size. */
  | { readonly kind: 'axis'; readonly axis: number; readonly size: number }
  /** The counter of loop number `loop` (outermost is 0): 0 ≤ value < size. */
  | { readonly kind: 'loop'; readonly loop: number; readonly size: number }
  | { readonly kind: 'sum'; readonly constant: number; readonly terms: readonly IndexTerm[] }
  /** floor(index / divisor), also for a negative index; divisor ≥ 1. */
  | { readonly kind: 'quotient'; readonly index: Index; readonly divisor: number }
  /** index − divisor · floor(index / divisor), in [0, divisor). */
  | { readonly kind: 'remainder'; readonly index: Index; readonly divisor: number }
  /** A number that holds an integer, 0 ≤ value < size ≤ 2^24; a value outside is clamped to the range. */
  | { readonly kind: 'dynamic'; readonly value: Scalar; readonly size: number }

export type IndexTerm = readonly [coefficient: number, index: Index]

/** low ≤ index < high. */
export interface Bound {
  readonly index: Index
  readonly low: number
  readonly high: number
}

/** All bounds hold; the empty conjunction is true. */
export type Condition = readonly Bound[]

/** A counter from 0 below `extent` where given (an index in [0, size]), else below `size`. */
export interface Loop {
  readonly size: number
  /** May use output axes and outer loops. */
  readonly extent?: Index
}

export type Combine = 'sum' | 'max' | 'min' | 'product'

/**
 * out[coordinates] = epilogue(combine over the loops of body), or body itself where there is no loop.
 * The output is row-major in `shape`, of any rank; rank 0 is one element.
 */
export interface ScalarKernel {
  readonly name: string
  readonly shape: readonly number[]
  /** Outermost first. */
  readonly loops: readonly Loop[]
  /** null exactly when there are no loops. */
  readonly combine: Combine | null
  readonly body: Scalar
  /** What is made of the reduction's value; null gives the value itself. */
  readonly epilogue: Scalar | null
  /** Element counts of the inputs, by the numbers that `read` uses. */
  readonly inputs: readonly number[]
}
