import { pipe } from 'fp-ts/lib/function.js'
import { vmap, sum } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The function takes one row, and is given one row: there is no axis to map over. */
export const totals = (row: Tensor<readonly [5]>) => vmap((x: Tensor<readonly [5]>) => pipe(x, sum()))(row)
