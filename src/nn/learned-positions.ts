import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import type { Initialiser } from './initialiser.js'
import { truncatedNormal } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

/** Adds a learned vector at every place of the grid, the same for all of the batch; not decayed. */
export const learnedPositions =
  (init: Initialiser = truncatedNormal(0.02)) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    x: OnGrid<B, G, C>,
  ): Model<
    { readonly positions: Tensor<readonly [...G, C], 'f32'> },
    Empty,
    OnGrid<B, G, C>,
    OnGrid<B, G, C>
  > => {
    const sizes: Shape = [...gridOf('learnedPositions', x), channelsOf('learnedPositions', x)]
    return pure(
      { positions: parameter({ shape: sizes as readonly [...G, C], init, decay: false }) },
      x,
      ({ positions }, given) => build.add(given, positions) as OnGrid<B, G, C>,
    )
  }
