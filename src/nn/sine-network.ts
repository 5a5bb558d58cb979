/**
 * The sine network that a filter's values come from: linear → sin(f ⊙ ·) for each hidden layer, then a
 * linear map without bias (Hyena; SIREN, Sitzmann et al. 2020). Here are its parameters and its formula;
 * implicit-filter.ts and product-filter.ts make models of it.
 */
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import type { Initialisation } from './initialiser.js'
import { constantInit } from './initialiser.js'
import { timesWeight } from './linear.js'
import type { ParameterSpec } from './parameter.js'
import { parameter } from './parameter.js'

export interface SineNetworkOptions {
  /** F: size of each hidden layer. */
  readonly width: number
  /** Number of hidden layers. */
  readonly depth: number
  /** First value of every frequency. */
  readonly frequency: number
  /** One frequency vector for all hidden layers, or one each. */
  readonly sine: 'shared' | 'own'
  readonly init: Initialisation
}

export type SineSpecs = Readonly<Record<string, ParameterSpec>>
export type SineParams = Readonly<Record<string, Tensor<Shape, 'f32'>>>

/** The frequencies' names: `frequency`, or `frequency0`, `frequency1`, … */
export const frequencySpecs = ({ width, depth, frequency, sine }: SineNetworkOptions): SineSpecs => {
  const spec = (): ParameterSpec => parameter<Shape>({ shape: [width], init: constantInit(frequency) })
  return sine === 'shared'
    ? { frequency: spec() }
    : Object.fromEntries(Array.from({ length: depth }, (_, i) => [`frequency${i}`, spec()]))
}

/** Weights and biases `${prefix}weight0`, `${prefix}bias0`, …; the last layer has no bias. */
export const networkSpecs = (
  options: SineNetworkOptions,
  inputs: number,
  outputs: number,
  prefix = '',
): SineSpecs => {
  const { width, depth, init } = options
  const layers = Array.from({ length: depth + 1 }, (_, i) => {
    const fanIn = i === 0 ? inputs : width
    const last = i === depth
    const weight = parameter<Shape>({ shape: [fanIn, last ? outputs : width], init: init.weight })
    const bias = parameter<Shape>({ shape: [width], init: init.bias(fanIn), decay: false })
    return { [`${prefix}weight${i}`]: weight, ...(last ? {} : { [`${prefix}bias${i}`]: bias }) }
  })
  return Object.assign({}, ...layers) as SineSpecs
}

const named = (params: SineParams, name: string): Tensor => {
  const found = params[name]
  if (found === undefined) throw new ReferenceError(`the sine network has no parameter ${name}`)
  return found
}

/**
 * The network's values: [...grid, outputs] from one table [length, features] an axis, whose features
 * stand side by side at the network's input. The first layer is a sum over axes, so that the input is
 * never laid out over the grid.
 */
export const sineNetwork = (
  options: SineNetworkOptions,
  params: SineParams,
  tables: readonly Tensor[],
  prefix = '',
): Tensor => {
  const parameterOf = (name: string): Tensor => named(params, `${prefix}${name}`)
  const activate = (x: Tensor, layer: number): Tensor =>
    build.sin(build.mul(x, named(params, options.sine === 'shared' ? 'frequency' : `frequency${layer}`)))
  let hidden = build.add(firstLayer(tables, parameterOf('weight0'), options.width), parameterOf('bias0'))
  for (let layer = 1; layer < options.depth; layer++)
    hidden = build.add(
      timesWeight(activate(hidden, layer - 1), parameterOf(`weight${layer}`)),
      parameterOf(`bias${layer}`),
    )
  return timesWeight(activate(hidden, options.depth - 1), parameterOf(`weight${options.depth}`))
}

const firstLayer = (tables: readonly Tensor[], weight: Tensor, width: number): Tensor => {
  const terms = tables.map((table, axis) => {
    const [length = 1, features = 0] = table.shape
    const start = axis * Number(features)
    const rows = build.slice(weight, [start, 0], [start + Number(features), width])
    return build.reshape(timesWeight(table, rows), [length, ...tables.slice(axis + 1).map(() => 1), width])
  })
  return terms.reduce((sum, term) => build.add(sum, term))
}
