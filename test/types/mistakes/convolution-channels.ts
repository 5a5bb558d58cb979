import { pipe } from 'fp-ts/lib/function.js'
import { convolution } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The kernel was made for images with one channel. */
export const blurred = (x: Tensor<readonly ['batch', 28, 28, 3]>, kernel: Tensor<readonly [3, 3, 1, 8]>) =>
  pipe(x, convolution({ padding: 'same' })(kernel))
