import { exp } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Functions are of f32: toFloat comes first. */
export const grown = (labels: Tensor<readonly ['batch'], 'i24'>) => exp(labels)
