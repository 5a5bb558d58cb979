import { pipe } from 'fp-ts/lib/function.js'
import { attention } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Queries and keys of different widths have no products. */
type Keys = Tensor<readonly ['batch', 49, 16]>

export const mixed = (q: Tensor<readonly ['batch', 49, 32]>, k: Keys, v: Keys) => pipe(q, attention(k, v))
