/** Directions of an N-D causal convolution: which axes it runs backwards along, and how several are mixed. */
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import type { Initialisation } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'

/** 'forward': causal along every axis. 'backward': anti-causal along every axis. 'all': every combination, mixed. */
export type Direction = 'forward' | 'backward' | 'all'

/** Axes of [batch, ...grid, channels] that are flipped. */
export type FlipSet = readonly number[]

/** Every subset of the axes 1…rank; for two axes in the released order: none, both, the second, the first. */
const everyFlip = (rank: number): readonly FlipSet[] => {
  const subsets = Array.from({ length: 2 ** rank }, (_, bits) =>
    Array.from({ length: rank }, (_, axis) => axis + 1).filter((axis) => ((bits >> (rank - axis)) & 1) === 1),
  )
  const proper = subsets.slice(1, -1)
  const [none = []] = subsets
  return rank === 0 ? [none] : [none, subsets.at(-1) ?? [], ...proper]
}

/** The flips of a direction on a grid of `rank` axes. */
export const directionSets = (direction: Direction, rank: number): readonly FlipSet[] => {
  if (direction === 'forward') return [[]]
  if (direction === 'backward') return [Array.from({ length: rank }, (_, axis) => axis + 1)]
  return everyFlip(rank)
}

/** Parameters of the mixture: one weight a direction and a bias, shared by all channels; none for one direction. */
export type MixParams<D extends Direction> = D extends 'all'
  ? { readonly weight: Tensor<Shape, 'f32'>; readonly bias: Tensor<Shape, 'f32'> }
  : Empty

type Mix<D extends Direction> = Model<MixParams<D>, Empty, readonly Tensor[], Tensor>

/** Σ_d weight_d · y_d + bias over the results of the directions; the identity for one direction. */
export const mixDirections = <D extends Direction>(
  input: readonly Tensor[],
  init: Initialisation,
): Mix<D> => {
  const count = input.length
  const single = pure({}, input, (_, [y]) => y ?? build.constant(0))
  if (count === 1) return single as Mix<D>
  const weight = parameter<Shape>({ shape: [count, 1], init: init.weight })
  const bias = parameter<Shape>({ shape: [1], init: init.bias(count), decay: false })
  const several = pure({ weight, bias }, input, (params, results) => {
    const terms = results.map((y, d) =>
      build.mul(y, build.reshape(build.slice(params.weight, [d, 0], [d + 1, 1]), [1])),
    )
    return terms.reduce<Tensor>((sum, term) => build.add(sum, term), params.bias)
  })
  return several
}
