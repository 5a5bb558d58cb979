/** Directions of an N-D causal convolution: which axes it runs backwards along, and how several are mixed. */
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import type { Initialisation } from './initialiser.js'
import { timesWeight } from './linear.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty, Parameters } from './parameter.js'
import { parameter } from './parameter.js'

/**
 * 'forward': causal along every axis. 'backward': anti-causal along every axis. 'both': these two, mixed.
 * 'all': every combination of axes, mixed. 'parallel': four copies of the streams, all of them forward, side by
 * side (the released code's mode of that name).
 */
export type Direction = 'forward' | 'backward' | 'both' | 'all' | 'parallel'

/** Axes of [batch, ...grid, channels] that are flipped. */
export type FlipSet = readonly number[]

const everyAxis = (rank: number): FlipSet => Array.from({ length: rank }, (_, axis) => axis + 1)

/** Every subset of the axes 1…rank; for two axes in the released order: none, both, the second, the first. */
const everyFlip = (rank: number): readonly FlipSet[] => {
  const subsets = Array.from({ length: 2 ** rank }, (_, bits) =>
    everyAxis(rank).filter((axis) => ((bits >> (rank - axis)) & 1) === 1),
  )
  return [[], everyAxis(rank), ...subsets.slice(1, -1)]
}

/** The flips of each branch of a direction, on a grid of `rank` axes. */
export const directionSets = (direction: Direction, rank: number): readonly FlipSet[] => {
  switch (direction) {
    case 'forward':
      return [[]]
    case 'backward':
      return [everyAxis(rank)]
    case 'both':
      return [[], everyAxis(rank)]
    case 'all':
      return everyFlip(rank)
    case 'parallel':
      return [[], [], [], []]
  }
}

/**
 * How the results of several directions become one. 'linear': one weight a direction and a bias, common to all
 * channels (released '4dir'). 'channels': the same, with weights and a bias of each channel's own. 'projection': a
 * linear map of all channels of all directions (released '4dirp').
 */
export type Aggregation = 'linear' | 'channels' | 'projection'

/** Parameters of the mixture: none for one direction, and none where copies stay side by side. */
export type MixParams<D extends Direction> = D extends 'all' | 'both'
  ? { readonly weight: Tensor<Shape, 'f32'>; readonly bias: Tensor<Shape, 'f32'> }
  : Empty

type Mix<D extends Direction> = Model<MixParams<D>, Empty, readonly Tensor[], Tensor>

/** Σ_d weight_d ⊙ y_d + bias, for weights [directions, 1] or [directions, C]. */
const weighted = (results: readonly Tensor[], weight: Tensor, bias: Tensor): Tensor => {
  const [, columns = 1] = weight.shape
  const terms = results.map((y, d) =>
    build.mul(y, build.reshape(build.slice(weight, [d, 0], [d + 1, columns]), [columns])),
  )
  return terms.reduce((sum, term) => build.add(sum, term), bias)
}

/** The results of all directions for each channel side by side: [..., C·directions], the channel outermost. */
const interleaved = (results: readonly Tensor[]): Tensor => {
  const [first] = results
  const shape = first?.shape ?? []
  const each = results.map((y) => build.reshape(y, [...shape, 1]))
  const channels = Number(shape.at(-1))
  return build.reshape(build.concat(each, shape.length), [...shape.slice(0, -1), channels * results.length])
}

/**
 * One tensor [..., C] from the results of a direction's branches; for 'parallel' they stay side by side. Initialised
 * as linear maps are.
 */
export const mixDirections = <D extends Direction>(
  direction: D,
  input: readonly Tensor[],
  init: Initialisation,
  aggregation: Aggregation,
): Mix<D> => {
  const count = input.length
  if (direction === 'parallel')
    return pure({}, input, (_, results) =>
      build.concat(results, (results[0]?.shape.length ?? 1) - 1),
    ) as Mix<D>
  if (count === 1) return pure({}, input, (_, [y]) => y ?? build.constant(0)) as Mix<D>
  const channels = Number(input[0]?.shape.at(-1))
  const mixture = (
    weight: Shape,
    f: (results: readonly Tensor[], weight: Tensor, bias: Tensor) => Tensor,
  ) => {
    const specs = {
      weight: parameter<Shape>({ shape: weight, init: init.weight }),
      bias: parameter<Shape>({
        shape: weight.slice(1),
        init: init.bias(Number(weight[0])),
        decay: false,
      }),
    } satisfies Parameters
    return pure(specs, input, (params, results) => f(results, params.weight, params.bias))
  }
  switch (aggregation) {
    case 'linear':
      return mixture([count, 1], weighted)
    case 'channels':
      return mixture([count, channels], weighted)
    case 'projection':
      return mixture([count * channels, channels], (results, weight, bias) =>
        build.add(timesWeight(interleaved(results), weight), bias),
      )
  }
}
