import { pipe } from 'fp-ts/lib/function.js'
import { roll } from 'crocuta'
import type { Tensor } from 'crocuta'

/** There is no axis 3. */
export const turned = (x: Tensor<readonly ['batch', 28, 28]>) => pipe(x, roll([1], [3]))
