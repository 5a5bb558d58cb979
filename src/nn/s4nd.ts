/**
 * S4ND (Nguyen et al. 2022): a long convolution over every axis of the grid whose kernel is the outer product of
 * one state space model's kernel for each axis, on each channel by itself. The convolution with an outer product
 * is that with one factor after another, each along its axis.
 */
import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import { assemble } from './compose.js'
import { normal, pytorchInit } from './initialiser.js'
import { linear } from './linear.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'
import type { S4KernelParams } from './s4-kernel.js'
import { s4Kernel } from './s4-kernel.js'
import type { S4KernelOptions } from './s4-options.js'
import { completeOptions } from './s4-options.js'

export interface S4ndOptions<K extends number, O extends S4ndOutput> extends S4KernelOptions {
  /** Whether each axis has a second kernel that looks back; so unless stated. */
  readonly bidirectional?: boolean
  /** Results of each channel; 1 unless stated. */
  readonly channels?: K
  /**
   * What follows: nothing unless stated (as in ViT and Swin, `linear: true` in the reference); or GELU and a linear
   * map of all results to as many channels as before, or to twice as many, of which one half gates the other.
   */
  readonly output?: O
}

export type S4ndOutput = 'none' | 'linear' | 'gated'

/** Channels of the result: as many as are received, but where several results of each stay. */
export type S4ndChannels<C extends Dim, K extends number, O extends S4ndOutput> = [O] extends ['none']
  ? [K] extends [1]
    ? C
    : number
  : C

/** The kernel of an axis in the directions it has, each [length, channels]. */
interface Sides {
  readonly forward: Tensor
  /** Its first tap weighs the next place. */
  readonly backward: Tensor | null
}

/** From [length, sides · results, C] the kernels of both sides, with all results' channels on the last axis. */
const sidesOf = (kernel: Tensor, results: number, bidirectional: boolean): Sides => {
  const [length = 1, , channels = 1] = kernel.shape.map(Number)
  const side = (which: number): Tensor =>
    build.reshape(build.slice(kernel, [0, which * results, 0], [length, (which + 1) * results, channels]), [
      length,
      results * channels,
    ])
  return { forward: side(0), backward: bidirectional ? side(1) : null }
}

/** y_i = Σ_{j ≤ i} forward_{i−j} x_j + Σ_{j > i} backward_{j−i−1} x_j along `axis`, on each channel. */
const convolved = (x: Tensor, { forward, backward }: Sides, axis: number): Tensor => {
  const [length = 1, channels = 1] = forward.shape
  const along = (kernel: Tensor): Tensor =>
    build.reshape(
      kernel,
      x.shape.map((_, at) => (at === axis ? length : at === x.shape.length - 1 ? channels : 1)),
    )
  const causal = (given: Tensor, kernel: Tensor): Tensor =>
    build.fftConv({ axes: [axis], mode: 'causal', sumOver: [] }, given, along(kernel))
  const before = causal(x, forward)
  if (backward === null) return before
  const later = build.pad(backward, [
    [1, -1],
    [0, 0],
  ])
  return build.add(before, build.flip(causal(build.flip(x, [axis]), later), [axis]))
}

const copies = (x: Tensor, count: number): Tensor =>
  count === 1
    ? x
    : build.concat(
        Array.from({ length: count }, () => x),
        x.shape.length - 1,
      )

const checkChannels = (channels: number): number =>
  Number.isInteger(channels) && channels >= 1
    ? channels
    : fail(
        optionError({
          where: 's4nd: channels',
          expected: 'a positive whole number',
          found: `${channels}`,
          hint: 'it is how many results each channel has',
        }),
      )

/** What follows the convolution, from [batch, ...grid, results · C]. */
const finish = (output: S4ndOutput, channels: number, x: Tensor): Model<unknown, unknown, Tensor, Tensor> => {
  const given = x as Tensor<readonly [...Shape, number], 'f32'>
  if (output === 'none') return pure({}, x, (_, y) => y)
  const mix = linear(output === 'gated' ? 2 * channels : channels, { init: pytorchInit })(given)
  return assemble({ mix }, x, (call, y) => {
    const mixed: Tensor = call.mix(build.gelu(y) as typeof given)
    if (output === 'linear') return mixed
    const half = (which: number): Tensor =>
      build.slice(
        mixed,
        [...mixed.shape.slice(1).map(() => 0), which * channels],
        [...mixed.shape.slice(0, -1), (which + 1) * channels],
      )
    return build.mul(half(0), build.sigmoid(half(1)))
  })
}

export interface S4ndParams {
  /** axis0, axis1, …: each axis has its own state space models. */
  readonly kernels: Readonly<Record<string, S4KernelParams>>
  /** D: [channels, C]. */
  readonly skip: { readonly weight: Tensor<Shape, 'f32'> }
  /** The linear map after GELU, where there is one. */
  readonly finish: unknown
}

/**
 * The layer: [batch, ...grid, C] → the same for one result a channel, on a grid of any number of axes.
 * @throws TraceFailure with an OptionError that names the option at fault.
 */
export const s4nd =
  <const K extends number = 1, const O extends S4ndOutput = 'none'>(options: S4ndOptions<K, O> = {}) =>
  <B extends Dim, const G extends Shape, C extends Dim>(
    x: OnGrid<B, G, C>,
  ): Model<S4ndParams, unknown, OnGrid<B, G, C>, OnGrid<B, G, S4ndChannels<C, K, O>>> => {
    const { bidirectional = true, channels: asked = 1, output = 'none', ...kernelOptions } = options
    const grid = gridOf('s4nd', x)
    const channels = channelsOf('s4nd', x)
    const results = checkChannels(asked)
    const complete = completeOptions(kernelOptions, channels)
    const sides = bidirectional ? 2 : 1
    const axes: Readonly<Record<string, Model<S4KernelParams, Empty, Empty, Tensor<Shape, 'f32'>>>> =
      Object.fromEntries(
        grid.map((length, axis) => [`axis${axis}`, s4Kernel(complete, length, sides * results, channels)]),
      )
    const kernels = assemble(axes, {}, (call): readonly Tensor[] =>
      grid.flatMap((_, axis) => call[`axis${axis}`]?.({}) ?? []),
    )
    const skip = pure(
      { weight: parameter<Shape>({ shape: [results, channels], init: normal(1) }) },
      {},
      ({ weight }) => weight,
    )
    const last = finish(output, channels, copies(x, results))
    return assemble({ kernels, skip, finish: last }, x, (call, given) => {
      const u = copies(given, results)
      const through = call
        .kernels({})
        .reduce((y, kernel, axis) => convolved(y, sidesOf(kernel, results, bidirectional), axis + 1), u)
      const weight = build.reshape(call.skip({}), [results * channels])
      return call.finish(build.add(through, build.mul(weight, u))) as OnGrid<B, G, S4ndChannels<C, K, O>>
    })
  }
