/** From a grid of tokens to one vector an example. */
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'

/** A model from a grid to one vector an example. */
type Readout<B extends Dim, G extends Shape, C extends Dim> = Model<
  Empty,
  Empty,
  OnGrid<B, G, C>,
  Tensor<readonly [B, C], 'f32'>
>

/** The mean over the grid: [batch, ...grid, C] → [batch, C]. */
export const meanPool = <B extends Dim, const G extends Shape, C extends Dim>(
  x: OnGrid<B, G, C>,
): Readout<B, G, C> => {
  const axes = gridOf('meanPool', x).map((_, axis) => axis + 1)
  return pure({}, x, (_, given) => build.mean(given, axes) as Tensor<readonly [B, C], 'f32'>)
}

/** The vector at the grid's first place (what the released Hyena N-D code reads): [batch, ...grid, C] → [batch, C]. */
export const firstToken = <B extends Dim, const G extends Shape, C extends Dim>(
  x: OnGrid<B, G, C>,
): Readout<B, G, C> => {
  const grid = gridOf('firstToken', x)
  const channels = channelsOf('firstToken', x)
  return pure({}, x, (_, given) => {
    const [batch] = given.shape
    const first = build.slice(
      given,
      given.shape.map(() => 0),
      [batch, ...grid.map(() => 1), channels],
    )
    return build.reshape(first, [batch, channels]) as Tensor<readonly [B, C], 'f32'>
  })
}
