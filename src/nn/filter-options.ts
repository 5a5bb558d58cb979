/** What both kinds of long filters share: their options, and the positions they read. */
import type { Tensor } from '../ir/tensor.js'
import { fail, optionError } from '../error/error.js'
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
  /** The positions' features are constants, or parameters (as in the released code), one table a length. */
  readonly positions: 'fixed' | 'learned'
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

/** Learned tables, one a length of the grid's axes: `positions6` for axes of 6. */
export const positionSpecs = (
  { positions, features }: FilterOptions<unknown>,
  grid: readonly number[],
): SineSpecs =>
  positions === 'fixed'
    ? {}
    : Object.fromEntries(
        grid.map((length) => [
          `positions${length}`,
          parameter<Shape>({
            shape: [length, features],
            init: fromValues(positionalEncoding(length, features).data),
          }),
        ]),
      )

/** One table [length, features] an axis. */
export const positionTables = (
  options: FilterOptions<unknown>,
  params: SineParams,
  grid: readonly number[],
): readonly Tensor[] =>
  grid.map((length) => {
    const { shape, data } = positionalEncoding(length, options.features)
    return params[`positions${length}`] ?? build.table(data, shape)
  })

/** Refuses sizes that no network has. */
export const checkFilter = ({ width, depth }: FilterOptions<unknown>): void => {
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
