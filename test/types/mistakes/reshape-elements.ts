import { pipe } from 'fp-ts/lib/function.js'
import { reshape } from 'crocuta'
import type { Tensor } from 'crocuta'

/** 28 · 28 is 784, not 768. */
export const flat = (x: Tensor<readonly ['batch', 28, 28, 1]>) => pipe(x, reshape(['batch', 768]))
