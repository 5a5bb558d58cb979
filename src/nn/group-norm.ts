import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { groupNormOp } from '../op/composite/group-norm.js'
import { apply1 } from '../op/def.js'
import type { Dim, Shape } from '../shape/dim.js'
import { channelsOf } from './axes.js'
import { ones, zeros } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

export interface GroupNormParams<C extends Dim> {
  readonly scale: Tensor<readonly [C], 'f32'>
  readonly shift: Tensor<readonly [C], 'f32'>
}

/**
 * Group normalisation (Wu and He 2018) of [batch, ...places, C]: each example's groups of consecutive channels over
 * their channels and all places, with scale and shift, which are not decayed. As many groups as channels is instance
 * normalisation.
 * @throws TraceFailure with an OptionError where the groups do not divide the channels.
 */
export const groupNorm =
  (groups: number, epsilon = 1e-5) =>
  <const B extends Shape, C extends Dim>(
    x: Tensor<readonly [...B, C], 'f32'>,
  ): Model<
    GroupNormParams<C>,
    Empty,
    Tensor<readonly [...B, C], 'f32'>,
    Tensor<readonly [...B, C], 'f32'>
  > => {
    const channels = channelsOf('groupNorm', x)
    if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
      fail(
        optionError({
          where: 'groupNorm: groups',
          expected: `a whole number that divides the ${channels} channels`,
          found: `${groups}`,
          hint: 'a group is some consecutive channels, all of one size',
        }),
      )
    const shape = [channels as C] as const
    return pure(
      {
        scale: parameter({ shape, init: ones, decay: false }),
        shift: parameter({ shape, init: zeros, decay: false }),
      },
      x,
      ({ scale, shift }, given) =>
        apply1(groupNormOp, { groups, epsilon }, [given, scale, shift]) as typeof given,
    )
  }
