import { pipe } from 'fp-ts/lib/function.js'
import { concat } from 'crocuta'
import type { Tensor } from 'crocuta'

/** A class token of another width. */
export const withToken = (token: Tensor<readonly ['batch', 1, 64]>, x: Tensor<readonly ['batch', 49, 32]>) =>
  pipe([token, x] as const, concat(1))
