import type { Tensor } from '../ir/tensor.js'
import { fail, optionError } from '../error/error.js'
import { dropoutOp } from '../op/composite/dropout.js'
import { apply1 } from '../op/def.js'
import { typedResult } from '../op/typed-result.js'
import type { Shape } from '../shape/dim.js'
import type { Model } from './model.js'
import { random } from './model.js'
import type { Empty } from './parameter.js'

/**
 * Stochastic depth (Huang et al. 2016): in training, each example of the batch (the first axis) is dropped
 * with probability `rate`, and the others are divided by 1 − rate; in evaluation the identity.
 */
export const dropPath =
  (rate: number) =>
  <const S extends Shape>(x: Tensor<S, 'f32'>): Model<Empty, Empty, Tensor<S, 'f32'>, Tensor<S, 'f32'>> => {
    if (!(rate >= 0 && rate < 1))
      fail(
        optionError({
          where: 'dropPath',
          expected: 'a rate from 0 to below 1',
          found: `${rate}`,
          hint: 'the paper uses up to 0.1',
        }),
      )
    return random({}, x, (_, given, key) =>
      key === null || rate === 0
        ? given
        : typedResult(
            apply1(dropoutOp, { rate, shared: given.shape.slice(1).map((_dim, i) => i + 1) }, [given, key]),
          ),
    )
  }
