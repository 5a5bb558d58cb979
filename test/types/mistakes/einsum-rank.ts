import { pipe } from 'fp-ts/lib/function.js'
import { einsum } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The pattern forgets the tokens. */
export const product = (x: Tensor<readonly ['batch', 49, 64]>, y: Tensor<readonly [64, 10]>) =>
  pipe(x, einsum('bk,ko->bo')(y))
