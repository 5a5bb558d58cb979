import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import { channelsOf } from './axes.js'
import type { Initialisation } from './initialiser.js'
import { truncatedNormalInit } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

export type LinearParams<I extends Dim, O extends Dim, Bias extends boolean = true> = {
  readonly weight: Tensor<readonly [I, O], 'f32'>
} & (Bias extends true ? { readonly bias: Tensor<readonly [O], 'f32'> } : Empty)

export interface LinearOptions<Bias extends boolean> {
  readonly bias?: Bias
  readonly init?: Initialisation
}

/** x · weight over the last axis, for any leading axes. */
export const timesWeight = (x: Tensor, weight: Tensor): Tensor => {
  const lead = x.shape
    .slice(1)
    .map((_, i) => String.fromCharCode(65 + i))
    .join('')
  return build.einsum(`${lead}k,kj->${lead}j`, x, weight)
}

/** x · weight + bias over the last axis: [...B, I] → [...B, outputs]. The bias is not decayed. */
export const linear =
  <const O extends number, const Bias extends boolean = true>(
    outputs: O,
    options: LinearOptions<Bias> = {},
  ) =>
  <const B extends Shape, I extends Dim>(
    x: Tensor<readonly [...B, I], 'f32'>,
  ): Model<
    LinearParams<I, O, Bias>,
    Empty,
    Tensor<readonly [...B, I], 'f32'>,
    Tensor<readonly [...B, O], 'f32'>
  > => {
    const inputs = channelsOf('linear', x)
    const init = options.init ?? truncatedNormalInit
    const weight = parameter({ shape: [inputs, outputs], init: init.weight })
    const bias = parameter({ shape: [outputs], init: init.bias(inputs), decay: false })
    const result =
      options.bias === false
        ? pure({ weight }, x, (params, given) => timesWeight(given, params.weight))
        : pure({ weight, bias }, x, (params, given) =>
            build.add(timesWeight(given, params.weight), params.bias),
          )
    return result as Model<
      LinearParams<I, O, Bias>,
      Empty,
      Tensor<readonly [...B, I], 'f32'>,
      Tensor<readonly [...B, O], 'f32'>
    >
  }
