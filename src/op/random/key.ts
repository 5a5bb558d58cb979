/** Keys of randomness. */
import { fail, optionError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { fromArray } from '../leaf/constant.js'
import { blockHalves } from './key-halves.js'

/** A 64-bit key: two 32-bit words as 16-bit halves, high half first. */
export type Key = Tensor<readonly [4], 'i24'>

/** The key of a seed from 0 to 2^53 − 1; different seeds are different keys. */
export const keyFromSeed = (seed: number): Key =>
  Number.isSafeInteger(seed) && seed >= 0
    ? fromArray(Float64Array.from(blockHalves([Math.floor(seed / 2 ** 32), seed >>> 0])), [4], 'i24')
    : fail(
        optionError({
          where: 'keyFromSeed',
          expected: 'an integer from 0 to 2^53 − 1',
          found: `${seed}`,
          hint: 'give a seed such as 0',
        }),
      )
