import { pipe } from 'fp-ts/lib/function.js'
import { crossEntropy } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Labels are whole numbers, not f32. */
export const loss = (logits: Tensor<readonly ['batch', 10]>, labels: Tensor<readonly ['batch']>) =>
  pipe(logits, crossEntropy(labels))
