import { pipe } from 'fp-ts/lib/function.js'
import { fftConv } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The kernel has no axis of channels. */
export const mixed = (x: Tensor<readonly ['batch', 64, 32]>, kernel: Tensor<readonly [64]>) =>
  pipe(x, fftConv(kernel, { axes: [1] }))
