import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import { assemble } from './compose.js'
import type { FilterOptions } from './filter-options.js'
import { checkFilter, positionSpecs, positionTables } from './filter-options.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { frequencySpecs, networkSpecs, sineNetwork } from './sine-network.js'
import type { SineParams } from './sine-network.js'

/** x [length, channels] as a factor along `axis` of [...grid, channels]. */
const alongAxis = (x: Tensor, grid: readonly number[], axis: number, channels: number): Tensor =>
  build.reshape(x, [...grid.map((size, n) => (n === axis ? size : 1)), channels])

/**
 * The product filter (paper, section 3.1): one sine network an axis, each with a window of its own;
 * their outer product. Frequencies and positions are common. [...grid, channels].
 */
export const productFilter =
  <W>(options: FilterOptions<W>) =>
  (grid: readonly number[], channels: number) => {
    checkFilter(options, grid)
    const networks = grid.map((_, axis) => networkSpecs(options, options.features, channels, `axis${axis}_`))
    const specs = Object.assign(
      {},
      positionSpecs(options, grid),
      ...networks,
      frequencySpecs(options),
    ) as ReturnType<typeof networkSpecs>
    const network = pure(specs, {}, (params: SineParams): readonly Tensor<Shape, 'f32'>[] =>
      positionTables(options, params, grid).map(
        (table, axis) => sineNetwork(options, params, [table], `axis${axis}_`) as Tensor<Shape, 'f32'>,
      ),
    )
    const window = windows(options, grid, channels)
    return assemble({ network, window }, {}, (call) => {
      const factors = call.window({})
      const along = call
        .network({})
        .map((values, axis) =>
          alongAxis(build.mul(values, factors[axis] ?? build.constant(1)), grid, axis, channels),
        )
      return build.broadcast(
        along.reduce((product, factor) => build.mul(product, factor)),
        [...grid, channels],
      ) as Tensor<Shape, 'f32'>
    })
  }

/** One window an axis, as one model. */
const windows = <W>(options: FilterOptions<W>, grid: readonly number[], channels: number) => {
  const each: Readonly<Record<string, Model<W, Empty, Empty, Tensor<Shape, 'f32'>>>> = Object.fromEntries(
    grid.map((length, axis) => [`axis${axis}`, options.window([length], channels)]),
  )
  return assemble(each, {}, (call): readonly Tensor<Shape, 'f32'>[] =>
    grid.flatMap((_, axis) => call[`axis${axis}`]?.({}) ?? []),
  )
}
