import { pipe } from 'fp-ts/lib/function.js'
import { matmul } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The weight is transposed. */
export const project = (x: Tensor<readonly ['batch', 64]>, weight: Tensor<readonly [32, 64]>) =>
  pipe(x, matmul(weight))
