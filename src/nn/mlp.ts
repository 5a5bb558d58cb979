import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import { channelsOf } from './axes.js'
import { assemble } from './compose.js'
import type { Initialisation } from './initialiser.js'
import { truncatedNormalInit } from './initialiser.js'
import { linear } from './linear.js'

/** linear → gelu → linear over the last axis, back to its size. */
export const mlp =
  <const H extends number>(hidden: H, init: Initialisation = truncatedNormalInit) =>
  <const B extends Shape, C extends Dim>(x: Tensor<readonly [...B, C], 'f32'>) => {
    const up = linear(hidden, { init })(x)
    const down = linear(channelsOf('mlp', x), { init })(up.output)
    return assemble(
      { up, down },
      x,
      (call, given) => call.down(build.gelu(call.up(given)) as typeof up.output) as typeof x,
    )
  }
