/** What both kinds of long filters share: their options, and the positions they read. */
import type { Tensor } from '../ir/tensor.js'
import { fail, optionError } from '../error/error.js'
import type { NdArray } from '../op/def.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import type { Window } from './decay-window.js'
import { decayWindow, dimensionalWindow } from './decay-window.js'
import type { WindowParams } from './decay-window.js'
import { fromValues, truncatedNormalInit } from './initialiser.js'
import type { Model } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'
import { positionalEncoding } from './positional-encoding.js'
import type { SineNetworkOptions, SineParams, SineSpecs } from './sine-network.js'

export interface FilterOptions<W> extends SineNetworkOptions {
  /** Features of a position on one axis: odd, from 3. */
  readonly features: number
  /**
   * The positions' features are constants, or parameters: one table a length, which axes of equal length share
   * (as in the released code), or one an axis.
   */
  readonly positions: 'fixed' | 'learned' | 'learned by axis'
  /**
   * One length an axis that the angles of the positions' features belong to; the grid's own unless stated. For a
   * filter with fixed positions on another grid than it was trained on: give it the lengths of that one.
   */
  readonly referenceGrid?: readonly number[]
  readonly window: Window<W>
}

/** The paper's filter: width 32, three hidden layers, 3 features, frequency 1, one sine module, dimensional window. */
export const paperFilter: FilterOptions<WindowParams> = {
  width: 32,
  depth: 3,
  frequency: 1,
  sine: 'shared',
  init: truncatedNormalInit,
  features: 3,
  positions: 'learned',
  window: decayWindow(dimensionalWindow),
}

/** A long filter over a grid: [...grid, channels], as a model without an input. Any model of this type will do. */
export type Filter<P, St> = (
  grid: readonly number[],
  channels: number,
) => Model<P, St, Empty, Tensor<Shape, 'f32'>>

/** The name of an axis's table: `positions6` for axes of 6, or `positions_axis0` for the first. */
const tableName = ({ positions }: FilterOptions<unknown>, grid: readonly number[], axis: number): string =>
  positions === 'learned by axis' ? `positions_axis${axis}` : `positions${grid[axis]}`

const encodingOf = (
  { features, referenceGrid }: FilterOptions<unknown>,
  grid: readonly number[],
  axis: number,
): NdArray => positionalEncoding(grid[axis] ?? 1, features, referenceGrid?.[axis])

/** Learned tables. Each says which axes it serves, so that it can be interpolated to another grid. */
export const positionSpecs = (options: FilterOptions<unknown>, grid: readonly number[]): SineSpecs => {
  if (options.positions === 'fixed') return {}
  const names = grid.map((_, axis) => tableName(options, grid, axis))
  return Object.fromEntries(
    names.map((name) => {
      const axes = grid.flatMap((_, axis) => (names[axis] === name ? [axis] : []))
      const { shape, data } = encodingOf(options, grid, axes[0] ?? 0)
      const places = { grid: shape.slice(0, 1), align: 'ends', axes } as const
      return [name, parameter<Shape>({ shape, init: fromValues(data), places })]
    }),
  )
}

/** One table [length, features] an axis. */
export const positionTables = (
  options: FilterOptions<unknown>,
  params: SineParams,
  grid: readonly number[],
): readonly Tensor[] =>
  grid.map((_, axis) => {
    const { shape, data } = encodingOf(options, grid, axis)
    return params[tableName(options, grid, axis)] ?? build.table(data, shape)
  })

/** Refuses sizes that no network has. */
export const checkFilter = (
  { width, depth, referenceGrid }: FilterOptions<unknown>,
  grid: readonly number[],
): void => {
  if (referenceGrid !== undefined && referenceGrid.length !== grid.length)
    fail(
      optionError({
        where: 'filter: referenceGrid',
        expected: `a length for each axis of [${grid.join(', ')}]`,
        found: `[${referenceGrid.join(', ')}]`,
        hint: 'give the grid that the filter was trained on',
      }),
    )
  if (Number.isInteger(width) && width > 0 && Number.isInteger(depth) && depth > 0) return
  fail(
    optionError({
      where: 'filter',
      expected: 'a positive width and at least one hidden layer',
      found: `width ${width}, depth ${depth}`,
      hint: 'the paper has width 32 and three hidden layers',
    }),
  )
}
