/** The order of a sort: ascending or descending, NaN last either way (as in NumPy), equal elements as they stood. */
import type { Scalar } from '../../ir/scalar.js'
import { binary } from '../scalar-expression.js'

/** Whether x stands strictly before y. */
export const precedes = (x: Scalar, y: Scalar, descending: boolean): Scalar =>
  binary('or', binary(descending ? 'gt' : 'lt', x, y), binary('and', binary('ne', y, y), binary('eq', x, x)))

/** The same on numbers: negative, zero or positive as a comparator of Array.sort, which is stable. */
export const compareNumbers =
  (descending: boolean) =>
  (x: number, y: number): number => {
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
    return x === y ? 0 : x < y === descending ? 1 : -1
  }
