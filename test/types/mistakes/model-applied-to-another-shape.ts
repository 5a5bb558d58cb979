import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from 'crocuta'
import { layer, linear, model, patchify } from 'crocuta/nn'

/** The images are smaller than the model’s. */
const embed = pipe(model(['batch', 32, 32, 3]), layer('patches', patchify(4)), layer('embed', linear(64)))

export const wrong = (
  variables: Parameters<typeof embed.apply>[0],
  x: Tensor<readonly ['batch', 28, 28, 3]>,
) => embed.apply(variables, x, { mode: 'evaluate' })
