import { pipe } from 'fp-ts/lib/function.js'
import { multiHeadAttention } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Five heads of a width of 64. */
type Tokens = Tensor<readonly ['batch', 49, 64]>

export const mixed = (q: Tokens, k: Tokens, v: Tokens) => pipe(q, multiHeadAttention(5, k, v))
