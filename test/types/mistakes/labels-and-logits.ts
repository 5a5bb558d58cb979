import { pipe } from 'fp-ts/lib/function.js'
import { crossEntropy } from 'crocuta'
import type { Tensor } from 'crocuta'

/** The labels of a sequence, and logits of whole examples. */
export const loss = (logits: Tensor<readonly ['batch', 10]>, labels: Tensor<readonly ['batch', 49], 'i24'>) =>
  pipe(logits, crossEntropy(labels))
