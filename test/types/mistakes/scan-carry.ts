import { pipe } from 'fp-ts/lib/function.js'
import { add, concat, scan } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The carry grows with each step. */
export const history = (xs: Tensor<readonly [10, 4]>, first: Tensor<readonly [4]>) =>
  pipe(
    xs,
    scan(
      (carry: Tensor<readonly [4]>, x: Tensor<readonly [4]>) => ({
        carry: concat(0)([carry, x]),
        y: x,
      }),
      first,
    ),
  )
