import type { Tensor } from '../ir/tensor.js'
import { rmsNormOp } from '../op/composite/rms-norm.js'
import { apply1 } from '../op/def.js'
import type { Dim, Shape } from '../shape/dim.js'
import { channelsOf } from './axes.js'
import { ones } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

/** Root mean square normalisation over the last axis (Zhang and Sennrich 2019), with a scale, which is not decayed. */
export const rmsNorm =
  (epsilon = 1e-6) =>
  <const B extends Shape, C extends Dim>(
    x: Tensor<readonly [...B, C], 'f32'>,
  ): Model<
    { readonly scale: Tensor<readonly [C], 'f32'> },
    Empty,
    Tensor<readonly [...B, C], 'f32'>,
    Tensor<readonly [...B, C], 'f32'>
  > => {
    const shape = [channelsOf('rmsNorm', x) as C] as const
    return pure(
      { scale: parameter({ shape, init: ones, decay: false }) },
      x,
      ({ scale }, given) => apply1(rmsNormOp, { epsilon }, [given, scale]) as typeof given,
    )
  }
