import { pipe } from 'fp-ts/lib/function.js'
import { pad } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The pairs of counts begin with the batch, which has no size yet. */
export const bordered = (x: Tensor<readonly ['batch', 28, 28, 1]>) =>
  pipe(
    x,
    pad([
      [2, 2],
      [2, 2],
    ]),
  )
