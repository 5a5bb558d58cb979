import { pipe } from 'fp-ts/lib/function.js'
import { matmul } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The matrices are of another number of heads. */
export const scores = (q: Tensor<readonly [8, 49, 24]>, k: Tensor<readonly [4, 24, 49]>) => pipe(q, matmul(k))
