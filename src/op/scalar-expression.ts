/** Short constructors of scalar expressions and indices, for the loop nests of op records. */
import type { BinaryFn, Bound, Condition, Index, IndexTerm, Scalar, UnaryFn } from '../ir/scalar.js'

export const constant = (value: number): Scalar => ({ kind: 'const', value })
export const unary = (fn: UnaryFn, x: Scalar): Scalar => ({ kind: 'unary', fn, x })
export const binary = (fn: BinaryFn, x: Scalar, y: Scalar): Scalar => ({ kind: 'binary', fn, x, y })
export const select = (condition: Scalar, x: Scalar, y: Scalar): Scalar => ({
  kind: 'select',
  condition,
  x,
  y,
})
export const guard = (condition: Condition, x: Scalar, y: Scalar): Scalar => ({
  kind: 'guard',
  condition,
  x,
  y,
})
export const fromIndex = (index: Index): Scalar => ({ kind: 'index', index })

export const indexConst = (value: number): Index => ({ kind: 'const', value })
export const indexSum = (constantPart: number, ...terms: readonly IndexTerm[]): Index => ({
  kind: 'sum',
  constant: constantPart,
  terms,
})
export const offset = (index: Index, by: number): Index => (by === 0 ? index : indexSum(by, [1, index]))
export const quotient = (index: Index, divisor: number): Index => ({ kind: 'quotient', index, divisor })
export const remainder = (index: Index, divisor: number): Index => ({ kind: 'remainder', index, divisor })
export const dynamic = (value: Scalar, size: number): Index => ({ kind: 'dynamic', value, size })
export const within = (index: Index, low: number, high: number): Bound => ({ index, low, high })
