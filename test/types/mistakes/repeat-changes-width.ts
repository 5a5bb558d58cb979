import { pipe } from 'fp-ts/lib/function.js'
import { layer, linear, model, repeat } from 'crocuta/nn'

/** A block that is repeated receives what it gives. */
export const wrong = pipe(model(['batch', 16]), layer('blocks', repeat(4, linear(64))))
