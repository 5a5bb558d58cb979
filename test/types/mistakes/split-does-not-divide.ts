import { pipe } from 'fp-ts/lib/function.js'
import { splitAxis } from 'crocuta'
import type { Tensor } from 'crocuta'

/** 64 channels are not for three parts. */
export const streams = (x: Tensor<readonly ['batch', 49, 64]>) => pipe(x, splitAxis(3, -1))
