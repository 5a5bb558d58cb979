import { pipe } from 'fp-ts/lib/function.js'
import { einsum } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The letter k is both widths. */
export const product = (x: Tensor<readonly ['batch', 49, 64]>, y: Tensor<readonly [32, 10]>) =>
  pipe(x, einsum('btk,ko->bto')(y))
