/** What the imports of the other programs cost by themselves. */
import { pipe } from 'fp-ts/lib/function.js'
import { add } from 'crocuta'
import type { Tensor } from 'crocuta'
import { model } from 'crocuta/nn'

export const sum = (x: Tensor<readonly [2]>) => pipe(x, add(x))
export const empty = model(['batch', 2])
