import { pipe } from 'fp-ts/lib/function.js'
import { layerNorm } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Parameters of another width. */
export const normed = (
  x: Tensor<readonly ['batch', 49, 64]>,
  scale: Tensor<readonly [32]>,
  shift: Tensor<readonly [32]>,
) => pipe(x, layerNorm(scale, shift))
