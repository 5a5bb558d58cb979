import { pipe } from 'fp-ts/lib/function.js'
import { attention, layer, linear, model } from 'crocuta/nn'

/** Five heads of a width of 64. */
export const wrong = pipe(model(['batch', 7, 7, 16]), layer('embed', linear(64)), layer('mix', attention(5)))
