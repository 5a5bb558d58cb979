import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import { fail, optionError } from '../error/error.js'
import type { Dim, Shape } from '../shape/dim.js'
import { sizeOf } from '../shape/dim.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import type { Initialiser } from './initialiser.js'
import { truncatedNormal } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty, GridPlaces } from './parameter.js'
import { parameter } from './parameter.js'

/** A class token or other vectors before the places of a grid in row-major order. */
export interface SequenceOfGrid {
  readonly before: number
  readonly grid: readonly number[]
}

const placesOf = (sizes: readonly number[], sequence: SequenceOfGrid | undefined): GridPlaces => {
  if (sequence === undefined) return { grid: sizes, align: 'centres' }
  const { before, grid } = sequence
  return sizes.length === 1 && sizes[0] === before + sizeOf(grid)
    ? { grid, before, align: 'centres' }
    : fail(
        optionError({
          where: 'learnedPositions',
          expected: `a sequence of ${before} and the places of [${grid.join(', ')}]`,
          found: `a grid of [${sizes.join(', ')}]`,
          hint: 'state the grid only where its places stand in a sequence, as after classToken',
        }),
      )
}

/**
 * Adds a learned vector at every place of the grid, the same for all of the batch; not decayed. For a sequence that
 * was made of a grid, `sequence` says of which, so that the vectors can be interpolated to another (`toGrid`).
 */
export const learnedPositions =
  (init: Initialiser = truncatedNormal(0.02), sequence?: SequenceOfGrid) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    x: OnGrid<B, G, C>,
  ): Model<
    { readonly positions: Tensor<readonly [...G, C], 'f32'> },
    Empty,
    OnGrid<B, G, C>,
    OnGrid<B, G, C>
  > => {
    const grid = gridOf('learnedPositions', x)
    const sizes: Shape = [...grid, channelsOf('learnedPositions', x)]
    const places = placesOf(grid, sequence)
    return pure(
      { positions: parameter({ shape: sizes as readonly [...G, C], init, decay: false, places }) },
      x,
      ({ positions }, given) => build.add(given, positions) as OnGrid<B, G, C>,
    )
  }
