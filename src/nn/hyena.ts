/**
 * The Hyena N-D operator (paper, section 3; Poli et al. 2023 for one axis), for any number of axes, any
 * lengths and any order: projections, a short convolution, then a recurrence of gates and long convolutions.
 *
 *   x_0, …, x_{order−1}, v = split(short(project(x)))
 *   for o = 0 … order−2:  v ← x_{order−1−o} ⊙ v;  v ← k_o ∗ v + D_o ⊙ v
 *   y = output(x_0 ⊙ v)
 *
 * At order 2 there is exactly one long convolution.
 */
import type { Tensor } from '../ir/tensor.js'
import { fail, optionError } from '../error/error.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import { assemble } from './compose.js'
import { directionSets, mixDirections } from './direction.js'
import type { Aggregation, Direction, FlipSet } from './direction.js'
import type { Filter } from './filter-options.js'
import type { Initialisation } from './initialiser.js'
import { normal, truncatedNormalInit } from './initialiser.js'
import { linear } from './linear.js'
import { pure } from './model.js'
import { parameter } from './parameter.js'
import type { Reach } from './short-convolution.js'
import { depthwise } from './short-convolution.js'

export interface HyenaOptions<FP, FS, D extends Direction> {
  readonly filter: Filter<FP, FS>
  /** Number of gates; 2 unless stated. */
  readonly order?: number
  /** 'forward' unless stated. */
  readonly direction?: D
  /**
   * Which of the recurrence's convolutions a backward layer reverses: the first (released code), every other one
   * from the first (a rotation before each step, as the paper says), or every one.
   */
  readonly reversal?: 'first' | 'alternate' | 'every'
  /** Whether directions that are mixed share projections and short filter (released code) or have their own (paper). */
  readonly projections?: 'shared' | 'own'
  /** How the results of several directions become one; 'linear' unless stated. */
  readonly aggregation?: Aggregation
  /** Causal on one axis, centred on several, unless stated: as released. */
  readonly shortFilter?: Reach
  /** Taps of the short filter on each axis; 3 unless stated. */
  readonly shortTaps?: number
  /** 'one', or 1/(2L) for a grid of equal axes L, by which the released 2-D code divides its convolution. */
  readonly kernelScale?: 'one' | 'inverse of 2L'
  readonly init?: Initialisation
}

const requireOrder = (order: number): number =>
  Number.isInteger(order) && order >= 2
    ? order
    : fail(
        optionError({
          where: 'hyena',
          expected: 'an order from 2',
          found: `${order}`,
          hint: 'order 2 has one long convolution; the paper uses it',
        }),
      )

/** The factor on the kernel. */
const scaleOf = (kind: 'one' | 'inverse of 2L', grid: readonly number[]): number => {
  const [length = 1] = grid
  if (kind === 'one') return 1
  return grid.every((size) => size === length)
    ? 1 / (2 * length)
    : fail(
        optionError({
          where: 'hyena',
          expected: "a grid of equal axes for kernelScale 'inverse of 2L'",
          found: `[${grid.join(', ')}]`,
          hint: "the released code has equal axes only; use kernelScale 'one'",
        }),
      )
}

/** Part `index` of the last axis, of `channels` each. */
const part = (x: Tensor, index: number, channels: number): Tensor =>
  build.slice(
    x,
    x.shape.map((_, axis) => (axis === x.shape.length - 1 ? index * channels : 0)),
    [...x.shape.slice(0, -1), (index + 1) * channels],
  )

const flipped = (x: Tensor, axes: FlipSet): Tensor => (axes.length === 0 ? x : build.flip(x, axes))

interface Recurrence {
  readonly order: number
  readonly channels: number
  readonly grid: readonly number[]
  /** The axes along which step `step` runs backwards. */
  readonly flips: (step: number) => FlipSet
}

/** k ∗ v + D ⊙ v, causal along the grid, or anti-causal along the axes in `flips`. */
const longConvolution = (v: Tensor, kernel: Tensor, skip: Tensor, flips: FlipSet): Tensor => {
  const axes = kernel.shape.slice(1, -1).map((_, axis) => axis + 1)
  const through = build.fftConv({ axes, mode: 'causal', sumOver: [] }, flipped(v, flips), kernel)
  return build.add(flipped(through, flips), build.mul(skip, v))
}

/** The gates and long convolutions over streams [batch, ...grid, (order + 1)·channels]. */
const recur = (
  { order, channels, grid, flips }: Recurrence,
  streams: Tensor,
  kernels: Tensor,
  skip: Tensor,
): Tensor => {
  let v = part(streams, order, channels)
  for (let step = 0; step < order - 1; step++) {
    const kernel = build.reshape(part(kernels, step, channels), [1, ...grid, channels])
    const gated = build.mul(v, part(streams, order - 1 - step, channels))
    v = longConvolution(gated, kernel, build.reshape(part(skip, step, channels), [channels]), flips(step))
  }
  return build.mul(v, part(streams, 0, channels))
}

/** Whether a backward layer reverses the convolution of a step. */
const turns = (reversal: 'first' | 'alternate' | 'every', step: number): boolean =>
  reversal === 'every' || (reversal === 'alternate' ? step % 2 === 0 : step === 0)

/** The operator as a layer: [batch, ...grid, C] → the same. */
export const hyena =
  <FP, FS, const D extends Direction = 'forward'>(options: HyenaOptions<FP, FS, D>) =>
  <B extends Dim, const G extends Shape, C extends Dim>(x: OnGrid<B, G, C>) => {
    const grid = gridOf('hyena', x)
    const channels = channelsOf('hyena', x)
    const order = requireOrder(options.order ?? 2)
    const direction = (options.direction ?? 'forward') as D
    const sets = directionSets(direction, grid.length)
    const copies = direction === 'parallel' ? sets.length : 1
    const own = options.projections === 'own' && copies === 1 ? sets.length : 1
    const init = options.init ?? truncatedNormalInit
    const scale = scaleOf(options.kernelScale ?? 'one', grid)
    const width = (order + 1) * channels

    const project = linear(own * width, { init })(x)
    const short = depthwise(
      options.shortTaps ?? 3,
      options.shortFilter ?? (grid.length === 1 ? 'causal' : 'same'),
      copies,
      project.output as OnGrid<B, G, number>,
    )
    const filter = options.filter(grid, (order - 1) * channels)
    const skip = pure(
      { weight: parameter<Shape>({ shape: [(order - 1) * channels], init: normal(1), decay: false }) },
      {},
      ({ weight }) => weight,
    )
    const mix = mixDirections(
      direction,
      sets.map(() => x),
      init,
      options.aggregation ?? 'linear',
    )
    const output = linear(channels, { init })(mix.output as typeof x)

    return assemble({ project, short, filter, skip, mix, output }, x, (call, given) => {
      const streams = call.short(call.project(given))
      const kernels = build.mul(call.filter({}), build.constant(scale))
      const diagonal = call.skip({})
      const results = sets.map((set, d) => {
        const flips = (step: number): FlipSet => (turns(options.reversal ?? 'first', step) ? set : [])
        return recur(
          { order, channels, grid, flips: direction === 'backward' ? flips : () => set },
          own * copies === 1 ? streams : part(streams, d, width),
          kernels,
          diagonal,
        )
      })
      return call.output(call.mix(results) as typeof x) as typeof x
    })
  }
