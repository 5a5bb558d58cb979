import { pipe } from 'fp-ts/lib/function.js'
import { mul } from 'crocuta'
import type { Tensor } from 'crocuta'
import { layer, linear, model, ones, parameter, pure } from 'crocuta/nn'

/** The layer of one’s own takes 32 channels, the model has 64. */
const scale = (x: Tensor<readonly ['batch', 32]>) =>
  pure({ factor: parameter({ shape: [32], init: ones }) }, x, ({ factor }, given) => pipe(given, mul(factor)))

export const wrong = pipe(model(['batch', 16]), layer('embed', linear(64)), layer('scale', scale))
