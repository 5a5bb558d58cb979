/** Pools as layers: the largest element, or the mean, of each window over the grid. The mean over all of it is `meanPool`. */
import { averagePoolOp } from '../op/linear/average-pool.js'
import { maxPoolOp } from '../op/linear/max-pool.js'
import { apply1 } from '../op/def.js'
import { fail, optionError } from '../error/error.js'
import type { Dim, Shape } from '../shape/dim.js'
import type { PoolAttributes } from '../shape/pool.js'
import { poolAttributes } from '../shape/pool.js'
import type { Padding, Steps } from '../shape/slide.js'
import { stepsOf } from '../shape/slide.js'
import type { OnGrid } from './axes.js'
import { gridOf } from './axes.js'
import type { ConvolvedGrid, Taps } from './convolution.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'

export interface PoolLayerOptions<
  T extends Taps = Taps,
  Stride extends Steps = Steps,
  P extends Padding = Padding,
> {
  /** Places that a window covers, along every axis of the grid or along each. */
  readonly window: T
  /** From one window to the next; the window's own size unless stated. */
  readonly stride?: Stride
  /** What is put around the grid; nothing ('valid') unless stated. */
  readonly padding?: P
}

type Pool<B extends Dim, G extends Shape, C extends Dim, R extends Shape> = Model<
  Empty,
  Empty,
  OnGrid<B, G, C>,
  OnGrid<B, R, C>
>

const attributesOf = (where: string, grid: readonly number[], options: PoolLayerOptions): PoolAttributes => {
  const { window, stride = window, padding = 'valid' } = options
  const list = (field: string, value: Steps): readonly number[] => {
    const steps = stepsOf(value, grid.length)
    return steps.length === grid.length && steps.every((step) => Number.isInteger(step) && step >= 1)
      ? steps
      : fail(
          optionError({
            where: `${where}: ${field}`,
            expected: `a positive whole number, or ${grid.length} of them`,
            found: JSON.stringify(value),
            hint: 'one for each axis of the grid',
          }),
        )
  }
  return poolAttributes({ window: list('window', window), stride: list('stride', stride), padding })
}

/**
 * The largest element of each window, channel by channel: [batch, ...grid, C] → [batch, ...places, C].
 * @throws TraceFailure with an OptionError that names the option, or a ShapeError where windows do not fit.
 */
export const maxPool =
  <const T extends Taps, const Stride extends Steps = T, const P extends Padding = 'valid'>(
    options: PoolLayerOptions<T, Stride, P>,
  ) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    x: OnGrid<B, G, C>,
  ): Pool<B, G, C, ConvolvedGrid<G, T, Stride, P>> => {
    const attributes = attributesOf('maxPool', gridOf('maxPool', x), options)
    return pure(
      {},
      x,
      (_, given) => apply1(maxPoolOp, attributes, [given]) as OnGrid<B, ConvolvedGrid<G, T, Stride, P>, C>,
    )
  }

/**
 * The mean of each window, channel by channel, padding counted as zeros: [batch, ...grid, C] → [batch, ...places, C].
 * @throws TraceFailure with an OptionError that names the option, or a ShapeError where windows do not fit.
 */
export const averagePool =
  <const T extends Taps, const Stride extends Steps = T, const P extends Padding = 'valid'>(
    options: PoolLayerOptions<T, Stride, P>,
  ) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    x: OnGrid<B, G, C>,
  ): Pool<B, G, C, ConvolvedGrid<G, T, Stride, P>> => {
    const attributes = attributesOf('averagePool', gridOf('averagePool', x), options)
    return pure({}, x, (_, given) => {
      const pooled = apply1(averagePoolOp, { ...attributes, countPadding: true }, [given])
      return pooled as OnGrid<B, ConvolvedGrid<G, T, Stride, P>, C>
    })
  }
