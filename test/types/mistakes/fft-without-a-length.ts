import { fft } from 'crocuta'
import type { Tensor } from 'crocuta'

/** A named axis has no length until it is bound. */
export const spectrum = (re: Tensor<readonly ['batch', 64]>, im: Tensor<readonly ['batch', 64]>) =>
  fft([0], [64])({ re, im })
