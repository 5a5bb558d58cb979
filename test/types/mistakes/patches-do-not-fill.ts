import { pipe } from 'fp-ts/lib/function.js'
import { layer, model, patchify } from 'crocuta/nn'

/** Patches of five on 28 rows. */
export const wrong = pipe(model(['batch', 28, 28, 1]), layer('patches', patchify(5)))
