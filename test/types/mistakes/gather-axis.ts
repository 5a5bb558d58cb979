import { pipe } from 'fp-ts/lib/function.js'
import { gather } from 'crocuta'
import type { Tensor } from 'crocuta'

/** A table has the axes 0 and 1. */
export const rows = (table: Tensor<readonly [1000, 64]>, tokens: Tensor<readonly ['batch'], 'i24'>) =>
  pipe(table, gather(tokens, 2))
