/** Where a combinator states the type of two planes that its rule has just checked. */
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { typedResult } from '../typed-result.js'
import type { Complex } from './complex.js'

/** Real and imaginary plane under the shape the caller vouches for. */
export const typedPlanes = <S extends Shape>([re, im]: readonly Tensor[]): Complex<S> => {
  if (re === undefined || im === undefined) throw new TypeError('complex numbers have two planes')
  return { re: typedResult(re), im: typedResult(im) }
}
