import { fail, optionError } from '../error/error.js'
import { dropoutOp } from '../op/composite/dropout.js'
import { apply1 } from '../op/def.js'
import type { Dim, Shape } from '../shape/dim.js'
import type { OnGrid } from './axes.js'
import { gridOf } from './axes.js'
import type { Model } from './model.js'
import { random } from './model.js'
import type { Empty } from './parameter.js'

/**
 * Dropout of whole channels (Tompson et al. 2015; PyTorch's Dropout2d, for a grid of any number of axes): in training
 * each channel of each example is 0 everywhere with probability `rate`, the others are divided by 1 − rate.
 * @throws TraceFailure with an OptionError where the rate is not from 0 to below 1.
 */
export const channelDropout =
  (rate: number) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    x: OnGrid<B, G, C>,
  ): Model<Empty, Empty, OnGrid<B, G, C>, OnGrid<B, G, C>> => {
    const grid = gridOf('channelDropout', x)
    if (!(rate >= 0 && rate < 1))
      fail(
        optionError({
          where: 'channelDropout',
          expected: 'a rate from 0 to below 1',
          found: `${rate}`,
          hint: 'the rate is the share of channels that are dropped',
        }),
      )
    const shared = grid.map((_, axis) => axis + 1)
    return random({}, x, (_, given, key): OnGrid<B, G, C> =>
      key === null || rate === 0
        ? given
        : (apply1(dropoutOp, { rate, shared }, [given, key]) as OnGrid<B, G, C>),
    )
  }
