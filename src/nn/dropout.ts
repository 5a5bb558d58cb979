import { pipe } from 'fp-ts/lib/function.js'
import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { dropout as dropoutOf } from '../op/composite/dropout.js'
import type { Shape } from '../shape/dim.js'
import type { Model } from './model.js'
import { random } from './model.js'
import type { Empty } from './parameter.js'

/**
 * Dropout (Srivastava et al. 2014): in training each element is 0 with probability `rate`, and the others are divided
 * by 1 − rate; in evaluation the identity.
 * @throws TraceFailure with an OptionError where the rate is not from 0 to below 1.
 */
export const dropout =
  (rate: number) =>
  <const S extends Shape>(x: Tensor<S, 'f32'>): Model<Empty, Empty, Tensor<S, 'f32'>, Tensor<S, 'f32'>> =>
    rate >= 0 && rate < 1
      ? random({}, x, (_, given, key) =>
          key === null || rate === 0 ? given : pipe(given, dropoutOf(key, rate)),
        )
      : fail(
          optionError({
            where: 'dropout',
            expected: 'a rate from 0 to below 1',
            found: `${rate}`,
            hint: 'the rate is the share of elements that are dropped',
          }),
        )
