import { pipe } from 'fp-ts/lib/function.js'
import { meanSquaredError } from 'crocuta'
import type { Tensor } from 'crocuta'

/** A column beside a row would broadcast to a matrix. */
export const loss = (x: Tensor<readonly ['batch', 1]>, target: Tensor<readonly ['batch']>) =>
  pipe(x, meanSquaredError(target))
