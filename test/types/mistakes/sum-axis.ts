import { pipe } from 'fp-ts/lib/function.js'
import { sum } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The last of three axes is 2 or −1. */
export const total = (x: Tensor<readonly ['batch', 49, 32]>) => pipe(x, sum([3]))
