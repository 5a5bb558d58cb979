import { pipe } from 'fp-ts/lib/function.js'
import { stack } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Only equal shapes lie side by side. */
export const pair = (a: Tensor<readonly [2, 3]>, b: Tensor<readonly [3, 2]>) =>
  pipe([a, b] as const, stack(0))
