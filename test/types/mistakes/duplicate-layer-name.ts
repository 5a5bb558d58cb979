import { pipe } from 'fp-ts/lib/function.js'
import { layer, linear, model } from 'crocuta/nn'

/** Both layers are named embed. */
export const wrong = pipe(model(['batch', 16]), layer('embed', linear(64)), layer('embed', linear(32)))
