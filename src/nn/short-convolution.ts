import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import { fail, optionError } from '../error/error.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import { pytorchInit } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

/** 'same': centred, sees both sides. 'causal': sees only what lies before it, on every axis. */
export type Reach = 'same' | 'causal'

export interface ShortConvolutionParams<C extends Dim> {
  /** [...taps, 1, C] */
  readonly weight: Tensor<Shape, 'f32'>
  readonly bias: Tensor<readonly [C], 'f32'>
}

/**
 * Depthwise convolution over every axis of the grid: each channel with `taps` weights an axis, and a bias.
 * Initialised as PyTorch does, U(±1/√tapsᴺ).
 */
export const shortConvolution =
  (taps: number, reach: Reach) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    x: OnGrid<B, G, C>,
  ): Model<ShortConvolutionParams<C>, Empty, OnGrid<B, G, C>, OnGrid<B, G, C>> =>
    depthwise(taps, reach, 1, x) as Model<ShortConvolutionParams<C>, Empty, OnGrid<B, G, C>, OnGrid<B, G, C>>

/** The same with `copies` results a channel, each with weights of its own; those of one channel stand together. */
export const depthwise = <B extends Dim, const G extends Shape>(
  taps: number,
  reach: Reach,
  copies: number,
  x: OnGrid<B, G, Dim>,
): Model<ShortConvolutionParams<number>, Empty, OnGrid<B, G, Dim>, OnGrid<B, G, number>> => {
  const grid = gridOf('shortConvolution', x)
  const channels = channelsOf('shortConvolution', x)
  if (!Number.isInteger(taps) || taps < 1 || (reach === 'same' && taps % 2 === 0))
    fail(
      optionError({
        where: 'shortConvolution',
        expected: 'a positive number of taps, odd when centred',
        found: `${taps} taps, reach '${reach}'`,
        hint: 'the paper uses 3',
      }),
    )
  const before = reach === 'same' ? (taps - 1) / 2 : taps - 1
  const padding = grid.map(() => [before, taps - 1 - before] as const)
  const shape: Shape = [...grid.map(() => taps), 1, copies * channels]
  return pure(
    {
      weight: parameter({ shape, init: pytorchInit.weight }),
      bias: parameter({
        shape: [copies * channels] as const,
        init: pytorchInit.bias(taps ** grid.length),
        decay: false,
      }),
    },
    x,
    ({ weight, bias }, given) =>
      build.add(build.convolution({ padding, groups: channels }, given, weight), bias) as OnGrid<
        B,
        G,
        number
      >,
  )
}
