import { pipe } from 'fp-ts/lib/function.js'
import { groupNorm } from 'crocuta'
import type { Tensor } from 'crocuta'

/** 32 channels are not for six groups. */
export const normed = (
  x: Tensor<readonly ['batch', 7, 7, 32]>,
  scale: Tensor<readonly [32]>,
  shift: Tensor<readonly [32]>,
) => pipe(x, groupNorm(6, scale, shift))
