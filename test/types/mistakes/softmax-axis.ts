import { pipe } from 'fp-ts/lib/function.js'
import { softmax } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Axes count from 0, so the last of two is 1 or −1. */
export const probabilities = (logits: Tensor<readonly ['batch', 10]>) => pipe(logits, softmax(2))
