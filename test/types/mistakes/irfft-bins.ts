import { irfft } from 'crocuta'
import type { Tensor } from 'crocuta'

/** A transform of 64 has 33 bins, one of 32 has 17. */
export const signal = (re: Tensor<readonly ['batch', 17]>, im: Tensor<readonly ['batch', 17]>) =>
  irfft([1], [64])({ re, im })
