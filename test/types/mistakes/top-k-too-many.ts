import { pipe } from 'fp-ts/lib/function.js'
import { topK } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The five best of three classes. */
export const best = (logits: Tensor<readonly ['batch', 3]>) => pipe(logits, topK(5))
