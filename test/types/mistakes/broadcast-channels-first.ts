import { pipe } from 'fp-ts/lib/function.js'
import { mul } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Channels are last here, and first in the other tensor. */
export const scaled = (x: Tensor<readonly ['batch', 28, 28, 3]>, scale: Tensor<readonly [3, 1, 1]>) =>
  pipe(x, mul(scale))
