import { pipe } from 'fp-ts/lib/function.js'
import { fromArray } from 'crocuta'
import type { Tensor } from 'crocuta'
import { layer, linear, model } from 'crocuta/nn'

/** The tree of parameters has no bias. */
const head = pipe(model(['batch', 2]), layer('head', linear(1)))
const weight = fromArray(Float32Array.of(1, 2), [2, 1])

export const wrong = (x: Tensor<readonly ['batch', 2]>) =>
  head.apply({ params: { head: { weight } }, state: { head: {} } }, x, { mode: 'evaluate' })
