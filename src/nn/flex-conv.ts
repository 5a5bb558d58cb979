import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { inputTensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import { channelsOf, gridOf } from './axes.js'
import type { Tokens } from './class-token.js'
import { assemble } from './compose.js'
import { croppedTaps, tapPositions, withinThreshold } from './flex-crop.js'
import { constantInit, fromValues, normal, zeros } from './initialiser.js'
import { linear } from './linear.js'
import type { MagnetOptions } from './magnet.js'
import { magnet } from './magnet.js'
import type { Layer, Model } from './model.js'
import { model, pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

/** Where taps are left out of the kernel. */
export interface FlexCrop {
  /** Value of the mask below which a tap is left out. */
  readonly threshold: number
  /** Most taps an axis that the kernel has room for, odd; all unless stated. */
  readonly room?: number | readonly number[]
}

export interface FlexConvolutionOptions {
  /** Taps of an axis between −1 and 1. */
  readonly taps: number
  /** Positions of these; equally spaced unless stated. */
  readonly positions?: readonly number[]
  /** First deviation of the mask, for all axes or for each. */
  readonly sigma: number | readonly number[]
  /** First middle of the mask; 0 unless stated. */
  readonly mean?: number | readonly number[]
  readonly learnMean?: boolean
  readonly crop: FlexCrop | null
  /** Biases after the depthwise convolution and after the mixing of channels; with both unless stated. */
  readonly bias?: boolean
  readonly network: Omit<MagnetOptions, 'scale' | 'spread'>
}

const refuse = (field: string, expected: string, found: unknown, hint: string): never =>
  fail(optionError({ where: `flexConvolution: ${field}`, expected, found: JSON.stringify(found), hint }))

/** One number for each axis. */
const perAxis = (field: string, value: number | readonly number[], rank: number): readonly number[] => {
  const list = typeof value === 'number' ? Array.from({ length: rank }, () => value) : value
  return list.length === rank && list.every(Number.isFinite)
    ? list
    : refuse(field, `a number, or ${rank} numbers`, value, 'one for each axis of the grid')
}

/** What the options come to on a grid of a number of axes. */
interface Plan {
  readonly taps: number
  readonly positions: readonly number[]
  readonly sigma: readonly number[]
  readonly mean: readonly number[]
  readonly crop: FlexCrop | null
  /** Taps of each axis that the kernel is computed at. */
  readonly kept: readonly number[]
  /** Taps of each axis that the first mask leaves. */
  readonly first: readonly number[]
}

const planOf = (options: FlexConvolutionOptions, rank: number): Plan => {
  const { taps, crop } = options
  const sigma = perAxis('sigma', options.sigma, rank)
  const mean = perAxis('mean', options.mean ?? 0, rank)
  if (!Number.isInteger(taps) || taps < 2) refuse('taps', 'a whole number from 2', taps, 'odd, as 31 of CCNN')
  const positions = options.positions ?? tapPositions(taps)
  if (positions.length !== taps)
    refuse('positions', `${taps} numbers`, positions, 'one for each tap of an axis')
  if (sigma.some((value) => value <= 0))
    refuse('sigma', 'positive numbers', options.sigma, 'deviations on [−1, 1]')
  if (crop !== null && !(crop.threshold > 0 && crop.threshold < 1))
    refuse('crop.threshold', 'a number between 0 and 1', crop.threshold, 'the mask is 1 in the middle')
  const first = sigma.map((value, axis) =>
    crop === null ? taps : croppedTaps(taps, crop.threshold, value, mean[axis] ?? 0),
  )
  const kept = perAxis('crop.room', crop?.room ?? taps, rank)
  if (kept.some((count, axis) => count > taps || count < (first[axis] ?? 1)))
    refuse(
      'crop.room',
      `from ${first.join(', ')} to ${taps} taps`,
      kept,
      'the kernel must have room for the first mask',
    )
  if (kept.some((count) => count % 2 !== 1))
    refuse(
      crop?.room === undefined ? 'taps' : 'crop.room',
      'an odd number',
      kept,
      'the kernel has a middle tap',
    )
  return { taps, positions, sigma, mean, crop, kept, first }
}

/** The positions of a kernel's taps: [1, ...kept, axes]. */
const positionsOf = ({ taps, positions, kept }: Plan): Tensor => {
  const rank = kept.length
  const lines = kept.map((count, axis) => {
    const start = count === taps ? 0 : Math.floor(taps / 2) - (count - 1) / 2
    const line = build.table(Float64Array.from(positions.slice(start, start + count)), [count])
    const shape = [1, ...kept.map((_, other) => (other === axis ? count : 1)), 1]
    return build.broadcast(build.reshape(line, shape), [1, ...kept, 1])
  })
  return build.concat(lines, rank + 1)
}

interface MaskParams {
  readonly sigma: Tensor<readonly [number], 'f32'>
  readonly mean: Tensor<readonly [number], 'f32'>
}

/** exp(−½ Σ_d (p_d − mean_d)² / (sigma_d² + 1e-8)), and 0 beyond the threshold: positions → [1, ...kept, 1]. */
const mask = (
  plan: Plan,
  learnMean: boolean,
  positions: Tokens,
): Model<MaskParams, Empty, Tokens, Tokens> => {
  const rank = plan.kept.length
  const { crop, taps } = plan
  const shape = [rank] as const
  const along = (line: Tensor, axis: number): Tensor =>
    build.reshape(line, [1, ...plan.kept.map((count, other) => (other === axis ? count : 1)), 1])
  return pure(
    {
      sigma: parameter({ shape, init: fromValues(Float64Array.from(plan.sigma)), decay: false }),
      mean: parameter({
        shape,
        init: fromValues(Float64Array.from(plan.mean)),
        decay: false,
        trainable: learnMean,
      }),
    },
    positions,
    ({ sigma, mean }, places) => {
      const squares = build.square(build.sub(places, mean))
      const scaled = build.div(squares, build.add(build.square(sigma), build.constant(1e-8)))
      const gaussian = build.exp(build.mul(build.sum(scaled, [-1], true), build.constant(-0.5)))
      if (crop === null) return gaussian as Tokens
      const inside = plan.kept.map((count, axis) => {
        const at = (values: Tensor): Tensor => build.slice(values, [axis], [axis + 1])
        return along(withinThreshold(taps, count, crop.threshold, at(sigma), at(mean)), axis)
      })
      return inside.reduce((product, line) => build.mul(product, line), gaussian) as Tokens
    },
  )
}

const plus: Layer<object, object, Tokens, Tokens> = (x) => {
  const shape: Shape = [channelsOf('flexConvolution', x)]
  return pure(
    { bias: parameter({ shape, init: zeros, decay: false }) },
    x,
    ({ bias }, given) => build.add(given, bias) as Tokens,
  )
}

const identity: Layer<object, object, Tokens, Tokens> = (x) => model(x.shape)

/** The network and the mask of a kernel on a grid of `rank` axes, and the constant positions that both take. */
const kernelOf = (options: FlexConvolutionOptions, channels: number, rank: number) => {
  const plan = planOf(options, rank)
  const places = positionsOf(plan)
  const abstractPlaces = inputTensor('positions', places.shape, 'f32') as Tensor as Tokens
  const spread = 1.667 * Math.max(...plan.sigma)
  const count = plan.first.reduce((product, taps) => product * taps, 1)
  const network = magnet(channels, { ...options.network, spread, scale: 1 / Math.sqrt(count) })
  return {
    plan,
    places: places as Tokens,
    network: network(abstractPlaces),
    mask: mask(plan, options.learnMean ?? false, abstractPlaces),
  }
}

/** The kernel as a model of its own, from nothing: [...kept, channels]. */
export const flexKernel = (options: FlexConvolutionOptions, channels: number, rank: number) => {
  const { plan, places, network, mask: window } = kernelOf(options, channels, rank)
  return assemble({ network, mask: window }, {}, (call) =>
    build.reshape(build.mul(call.network(places), call.mask(places)), [...plan.kept, channels]),
  )
}

/**
 * Separable convolution whose depthwise kernel is a network of positions under a learned Gaussian mask (FlexConv,
 * Romero et al. 2022; SeparableFlexConv of CCNN, Knigge et al. 2023): [batch, ...grid, C] → [batch, ...grid, outputs].
 * Taps where the mask is below the threshold are left out by a hard mask of the current sigma, so the results are
 * those of a kernel that is cut anew at every step, as long as it has `room`; the room is a size of the program.
 * The last layer of the network starts scaled by 1/√(taps that the first mask leaves), once.
 * @throws TraceFailure with an OptionError that names the option at fault.
 */
export const separableFlexConvolution =
  (outputs: number, options: FlexConvolutionOptions) =>
  (x: Tokens): Model<unknown, unknown, Tokens, Tokens> => {
    const rank = gridOf('flexConvolution', x).length
    const channels = channelsOf('flexConvolution', x)
    const { plan, places, network, mask: window } = kernelOf(options, channels, rank)
    const biased = options.bias ?? true
    const shift = (biased ? plus : identity)(x)
    const mixing = { weight: normal(Math.sqrt(2 / channels)), bias: () => constantInit(0) }
    const mix = linear<number, boolean>(outputs, { bias: biased, init: mixing })(x)
    const padding = plan.kept.map((taps) => [(taps - 1) / 2, (taps - 1) / 2] as const)
    return assemble({ network, mask: window, shift, mix }, x, (call, given) => {
      const values = build.mul(call.network(places), call.mask(places))
      const kernel = build.reshape(values, [...plan.kept, 1, channels])
      const convolved = build.convolution({ padding, groups: channels }, given, kernel)
      return call.mix(call.shift(convolved as Tokens))
    })
  }
