import { pipe } from 'fp-ts/lib/function.js'
import { permute } from 'crocuta'
import type { Tensor } from 'crocuta'

/** Axis 1 stands twice. */
export const turned = (x: Tensor<readonly ['batch', 28, 28]>) => pipe(x, permute([0, 1, 1]))
