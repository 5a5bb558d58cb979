/** What layers read off the shape they receive: [batch, ...grid, channels]. */
import { fail, shapeError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import type { Dim, Shape } from '../shape/dim.js'
import { printType } from '../shape/dim.js'

/** The size of the last axis. */
export const channelsOf = (where: string, x: Tensor): number => {
  const channels = x.shape.at(-1)
  return typeof channels === 'number'
    ? channels
    : fail(
        shapeError({
          where,
          expected: 'a last axis of known size',
          found: printType(x),
          hint: 'parameters depend on the last axis; give it a number in model(shape)',
        }),
      )
}

/** The sizes of the axes between the first and the last. */
export const gridOf = (where: string, x: Tensor): readonly number[] => {
  const grid = x.shape.slice(1, -1)
  return grid.length > 0 && grid.every((dim): dim is number => typeof dim === 'number' && dim > 0)
    ? grid
    : fail(
        shapeError({
          where,
          expected: 'axes [batch, ...grid, channels] with a grid of one or more known sizes',
          found: printType(x),
          hint: 'only the batch may be a name',
        }),
      )
}

/** A tensor on a grid: [batch, ...grid, channels]. */
export type OnGrid<B extends Dim, G extends Shape, C extends Dim> = Tensor<readonly [B, ...G, C], 'f32'>
