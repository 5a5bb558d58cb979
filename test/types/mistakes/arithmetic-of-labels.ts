import { pipe } from 'fp-ts/lib/function.js'
import { mul } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Arithmetic is of f32: toFloat comes first. */
export const doubled = (labels: Tensor<readonly ['batch'], 'i24'>) => pipe(labels, mul(2))
