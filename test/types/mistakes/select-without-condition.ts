import { pipe } from 'fp-ts/lib/function.js'
import { select } from 'crocuta'
import type { Tensor } from 'crocuta'

/** A condition is a bool: greater(0) makes one. */
export const clipped = (x: Tensor<readonly [4]>) => pipe(x, select(x, 0))
