import { pipe } from 'fp-ts/lib/function.js'
import { add, matmul } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The tree of parameters has no bias. */
interface Parameters {
  readonly weight: Tensor<readonly [64, 10]>
  readonly bias: Tensor<readonly [10]>
}
const logits = (params: Parameters, x: Tensor<readonly ['batch', 64]>) =>
  pipe(x, matmul(params.weight), add(params.bias))

export const wrong = (weight: Tensor<readonly [64, 10]>, x: Tensor<readonly ['batch', 64]>) =>
  logits({ weight }, x)
