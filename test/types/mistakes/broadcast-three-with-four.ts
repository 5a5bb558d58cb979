import { pipe } from 'fp-ts/lib/function.js'
import { add } from 'crocuta'
import type { Tensor } from 'crocuta'

/** A shift for four channels where there are three. */
export const shifted = (x: Tensor<readonly [3]>, shift: Tensor<readonly [4]>) => pipe(x, add(shift))
