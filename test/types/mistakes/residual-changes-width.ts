import { pipe } from 'fp-ts/lib/function.js'
import { layer, linear, model, residual } from 'crocuta/nn'

/** x + layer(x) needs a layer that keeps the width. */
export const wrong = pipe(model(['batch', 16]), layer('feed', residual(linear(64))))
