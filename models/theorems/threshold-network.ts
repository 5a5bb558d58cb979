/**
 * Networks with threshold activations as long filters: the paper's assumptions of section 5.2. The positional encoding is
 * the identity, so that the network reads the coordinates themselves, and there is no window.
 */
import { fail, optionError } from '../../src/error/error.js'
import type { Tensor } from '../../src/ir/tensor.js'
import type { Filter } from '../../src/nn/filter-options.js'
import { fromValues } from '../../src/nn/initialiser.js'
import { timesWeight } from '../../src/nn/linear.js'
import { pure } from '../../src/nn/model.js'
import type { Empty, ParameterSpec } from '../../src/nn/parameter.js'
import { parameter } from '../../src/nn/parameter.js'
import { build } from '../../src/op/index.js'
import type { Shape } from '../../src/shape/dim.js'
import { sizeOf } from '../../src/shape/dim.js'

/** y = x · weight + bias; weight has a row for each input. */
export interface AffineLayer {
  readonly weight: readonly (readonly number[])[]
  readonly bias: readonly number[]
}

/** 'step' is 1 above 0 and 0 elsewhere; 'sign' is −1, 0 or 1. */
export type Activation = 'step' | 'sign' | 'none'

export interface ThresholdNetwork {
  readonly activation: 'step' | 'sign'
  readonly hidden: readonly AffineLayer[]
  readonly output: AffineLayer
  readonly outputActivation: Activation
  /** The first coordinate of each axis. */
  readonly firstPlace: 0 | 1
}

export type ThresholdParams = Readonly<Record<string, Tensor<Shape, 'f32'>>>

const activations: Readonly<Record<Activation, (z: Tensor) => Tensor>> = {
  step: (z) => build.toFloat(build.greater(z, build.constant(0))),
  sign: build.sign,
  none: (z) => z,
}

/** Coordinates of every place: [...grid, axes]. */
const coordinates = (grid: readonly number[], first: number): Tensor => {
  const places = sizeOf(grid)
  const after = (axis: number): number => sizeOf(grid.slice(axis + 1))
  const values = Float64Array.from(
    { length: places * grid.length },
    (_, i) =>
      first +
      (Math.floor(Math.floor(i / grid.length) / after(i % grid.length)) % (grid[i % grid.length] ?? 1)),
  )
  return build.table(values, [...grid, grid.length])
}

const specsOf = (layers: readonly AffineLayer[]): Readonly<Record<string, ParameterSpec>> =>
  Object.fromEntries(
    layers.flatMap(({ weight, bias }, i) => [
      [
        `weight${i}`,
        parameter<Shape>({
          shape: [weight.length, bias.length],
          init: fromValues(Float64Array.from(weight.flat())),
        }),
      ],
      [
        `bias${i}`,
        parameter<Shape>({ shape: [bias.length], init: fromValues(Float64Array.from(bias)), decay: false }),
      ],
    ]),
  )

/**
 * The network as a filter of one channel, whose first parameters are the network's: [...grid, 1]. A grid of another
 * number of axes than the network has inputs, or more channels, is an OptionError.
 */
export const thresholdFilter =
  (network: ThresholdNetwork): Filter<ThresholdParams, Empty> =>
  (grid, channels) => {
    const layers = [...network.hidden, network.output]
    const inputs = layers[0]?.weight.length ?? 0
    if (grid.length !== inputs || channels !== 1)
      fail(
        optionError({
          where: 'thresholdFilter',
          expected: `a grid of ${inputs} axes and one channel`,
          found: `a grid of ${grid.length} axes and ${channels} channels`,
          hint: 'the network reads one coordinate an axis, and gives one number',
        }),
      )
    return pure(specsOf(layers), {}, (params: ThresholdParams): Tensor<Shape, 'f32'> => {
      const parameterOf = (name: string): Tensor =>
        params[name] ??
        fail(
          optionError({
            where: 'thresholdFilter',
            expected: `a parameter ${name}`,
            found: Object.keys(params).join(', '),
            hint: 'give the parameters that the filter specifies',
          }),
        )
      const values = layers.reduce(
        (x, _, i) => {
          const activation = i < network.hidden.length ? network.activation : network.outputActivation
          return activations[activation](
            build.add(timesWeight(x, parameterOf(`weight${i}`)), parameterOf(`bias${i}`)),
          )
        },
        coordinates(grid, network.firstPlace),
      )
      return values as Tensor<Shape, 'f32'>
    })
  }

/** Units of the widest hidden layer: the paper's F. */
export const widthOf = ({ hidden }: ThresholdNetwork): number =>
  Math.max(0, ...hidden.map(({ bias }) => bias.length))
