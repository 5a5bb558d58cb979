import { pipe } from 'fp-ts/lib/function.js'
import { maxPool } from 'crocuta'
import type { Tensor } from 'crocuta'

/** A window of five on axes of three. */
export const pooled = (x: Tensor<readonly ['batch', 3, 3, 8]>) => pipe(x, maxPool({ window: [5, 5] }))
