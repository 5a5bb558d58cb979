import { pipe } from 'fp-ts/lib/function.js'
import { slice } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The first 32 of 28 rows. */
export const rows = (x: Tensor<readonly [28, 28]>) => pipe(x, slice([[0, 32]]))
