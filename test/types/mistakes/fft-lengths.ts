import { pipe } from 'fp-ts/lib/function.js'
import { rfft } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Two axes are transformed, and one length is given. */
export const spectrum = (x: Tensor<readonly ['batch', 28, 28]>) => pipe(x, rfft([1, 2], [28]))
