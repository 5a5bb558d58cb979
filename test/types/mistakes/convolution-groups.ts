import { pipe } from 'fp-ts/lib/function.js'
import { convolution } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Eight outputs are not for three groups. */
export const grouped = (x: Tensor<readonly ['batch', 28, 28, 6]>, kernel: Tensor<readonly [3, 3, 2, 8]>) =>
  pipe(x, convolution({ groups: 3 })(kernel))
