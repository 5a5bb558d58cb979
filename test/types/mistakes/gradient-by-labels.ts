import { pipe } from 'fp-ts/lib/function.js'
import { grad, mul, sum, toFloat } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The tree that is differentiated by holds labels. */
export const slopes = grad(
  ({ x, labels }: { readonly x: Tensor<readonly [4]>; readonly labels: Tensor<readonly [4], 'i24'> }) =>
    pipe(x, mul(toFloat(labels)), sum()),
)
