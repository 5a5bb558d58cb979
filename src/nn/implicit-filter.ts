import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import { assemble } from './compose.js'
import type { FilterOptions } from './filter-options.js'
import { checkFilter, positionSpecs, positionTables } from './filter-options.js'
import { pure } from './model.js'
import { frequencySpecs, networkSpecs, sineNetwork } from './sine-network.js'
import type { SineParams } from './sine-network.js'

/**
 * The implicit N-D filter (paper, section 3.1): one sine network from the positions on all axes, the first
 * axis's features first, times the decay window. [...grid, channels].
 */
export const implicitFilter =
  <W>(options: FilterOptions<W>) =>
  (grid: readonly number[], channels: number) => {
    checkFilter(options, grid)
    const specs = {
      ...positionSpecs(options, grid),
      ...networkSpecs(options, grid.length * options.features, channels),
      ...frequencySpecs(options),
    }
    const network = pure(
      specs,
      {},
      (params: SineParams): Tensor<Shape, 'f32'> =>
        sineNetwork(options, params, positionTables(options, params, grid)) as Tensor<Shape, 'f32'>,
    )
    const window = options.window(grid, channels)
    return assemble(
      { network, window },
      {},
      (call) => build.mul(call.network({}), call.window({})) as Tensor<Shape, 'f32'>,
    )
  }
