import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import { channelsOf } from './axes.js'
import { ones, zeros } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

export interface LayerNormParams<C extends Dim> {
  readonly scale: Tensor<readonly [C], 'f32'>
  readonly shift: Tensor<readonly [C], 'f32'>
}

/** Layer normalisation over the last axis (Ba et al. 2016), with scale and shift, which are not decayed. */
export const layerNorm =
  (epsilon = 1e-6) =>
  <const B extends Shape, C extends Dim>(
    x: Tensor<readonly [...B, C], 'f32'>,
  ): Model<
    LayerNormParams<C>,
    Empty,
    Tensor<readonly [...B, C], 'f32'>,
    Tensor<readonly [...B, C], 'f32'>
  > => {
    const shape = [channelsOf('layerNorm', x) as C] as const
    return pure(
      {
        scale: parameter({ shape, init: ones, decay: false }),
        shift: parameter({ shape, init: zeros, decay: false }),
      },
      x,
      ({ scale, shift }, given) =>
        build.layerNorm(given, scale, shift, epsilon) as Tensor<readonly [...B, C], 'f32'>,
    )
  }
