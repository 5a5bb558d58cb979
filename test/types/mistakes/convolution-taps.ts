import { pipe } from 'fp-ts/lib/function.js'
import { convolution } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Five taps without padding on an axis of three. */
export const blurred = (x: Tensor<readonly ['batch', 3, 3, 1]>, kernel: Tensor<readonly [5, 5, 1, 8]>) =>
  pipe(x, convolution({})(kernel))
