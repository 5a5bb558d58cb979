/** The order of a sort: ascending or descending, NaN last either way (as in NumPy), equal elements as they stood. */
import type { Scalar } from '../../ir/scalar.js'
import { binary, unary } from '../scalar-expression.js'

/** Shaders may take NaN ≠ NaN for false, but NaN = NaN is false everywhere. */
const isNumber = (x: Scalar): Scalar => binary('eq', x, x)

/** Whether x stands strictly before y. */
export const precedes = (x: Scalar, y: Scalar, descending: boolean): Scalar =>
  binary('or', binary(descending ? 'gt' : 'lt', x, y), binary('and', isNumber(x), unary('not', isNumber(y))))

/** The same on numbers: negative, zero or positive as a comparator of Array.sort, which is stable. */
export const compareNumbers =
  (descending: boolean) =>
  (x: number, y: number): number => {
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
    return x === y ? 0 : x < y === descending ? 1 : -1
  }
