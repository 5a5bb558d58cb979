import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import { channelsOf } from './axes.js'
import type { Tokens } from './class-token.js'
import { gabor, ones, uniform, zeros } from './initialiser.js'
import { timesWeight } from './linear.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty, ParameterSpec } from './parameter.js'
import { parameter } from './parameter.js'

export interface MagnetOptions {
  /** Gabor functions of each filter, and channels between the linear layers. */
  readonly hidden: number
  /** Linear layers before the last, each followed by a filter; one more filter comes first. */
  readonly layers: number
  /** ω₀: factor on the first frequencies. */
  readonly frequency: number
  /** Half the side of the cube that centres are first drawn from; 1 unless stated. */
  readonly spread?: number
  /** Factor on the last layer's first weights; 1 unless stated. */
  readonly scale?: number
}

export type MagnetParams = Readonly<Record<string, Tensor<Shape, 'f32'>>>

const check = ({ hidden, layers, frequency, spread = 1 }: MagnetOptions): void => {
  const refuse = (field: string, expected: string, found: number): never =>
    fail(
      optionError({
        where: `magnet: ${field}`,
        expected,
        found: `${found}`,
        hint: 'CCNN has 64 hidden, 3 layers',
      }),
    )
  if (!Number.isInteger(hidden) || hidden < 1) refuse('hidden', 'a positive whole number', hidden)
  if (!Number.isInteger(layers) || layers < 0) refuse('layers', 'a whole number from 0', layers)
  if (!(frequency > 0 && Number.isFinite(frequency))) refuse('frequency', 'a positive number', frequency)
  if (!(spread >= 0 && Number.isFinite(spread))) refuse('spread', 'a number from 0', spread)
}

/** U(±√(3/fanIn)): variance 1/fanIn. */
const kaimingLinear = (fanIn: number, factor = 1): ReturnType<typeof uniform> =>
  uniform(-factor * Math.sqrt(3 / fanIn), factor * Math.sqrt(3 / fanIn))

const specs = (
  { hidden, layers, frequency, spread = 1, scale = 1 }: MagnetOptions,
  axes: number,
  outputs: number,
): Readonly<Record<string, ParameterSpec>> => {
  const filters = Array.from({ length: layers + 1 }, (_, i) => ({
    [`centres${i}`]: parameter<Shape>({ shape: [hidden, axes], init: uniform(-spread, spread) }),
    [`gabor${i}`]: parameter<Shape>({ shape: [hidden, 2 * axes], init: gabor(6 / (i + 1), frequency) }),
    [`phase${i}`]: parameter<Shape>({ shape: [hidden], init: zeros, decay: false }),
  }))
  const linears = Array.from({ length: layers }, (_, i) => ({
    [`weight${i}`]: parameter<Shape>({ shape: [hidden, hidden], init: kaimingLinear(hidden) }),
    [`bias${i}`]: parameter<Shape>({ shape: [hidden], init: ones, decay: false }),
  }))
  const last = {
    weight: parameter<Shape>({ shape: [hidden, outputs], init: kaimingLinear(hidden, scale) }),
    bias: parameter<Shape>({ shape: [outputs], init: zeros, decay: false }),
  }
  return Object.assign({}, ...filters, ...linears, last) as Readonly<Record<string, ParameterSpec>>
}

const named = (params: MagnetParams, name: string): Tensor => {
  const found = params[name]
  if (found === undefined) throw new ReferenceError(`the network has no parameter ${name}`)
  return found
}

/** exp(−½ Σ_d (γ_d (p_d − μ_d))²) · sin(W p + b) for each function: [...places, axes] → [...places, hidden]. */
const gaborValues = (params: MagnetParams, index: number, places: Tensor, hidden: number): Tensor => {
  const axes = Number(places.shape.at(-1))
  const functions = named(params, `gabor${index}`)
  const inverseWidths = build.slice(functions, [0, 0], [hidden, axes])
  const frequencies = build.slice(functions, [0, axes], [hidden, 2 * axes])
  const apart = build.reshape(places, [...places.shape.slice(0, -1), 1, axes])
  const scaled = build.mul(build.sub(apart, named(params, `centres${index}`)), inverseWidths)
  const window = build.exp(build.mul(build.sum(build.square(scaled), [-1]), build.constant(-0.5)))
  const waves = build.add(
    timesWeight(places, build.permute(frequencies, [1, 0])),
    named(params, `phase${index}`),
  )
  return build.mul(window, build.sin(waves))
}

/**
 * A multiplicative network of anisotropic Gabor functions (MAGNet; Romero et al. 2022): [batch, ...grid, axes] of
 * positions → [batch, ...grid, outputs] of values. h₀ = g₀(p), hᵢ = gᵢ(p) ⊙ (hᵢ₋₁ Wᵢ + bᵢ), and a last linear layer.
 * Frequencies and inverse widths of a filter are one parameter, widths first, as they are drawn together.
 * @throws TraceFailure with an OptionError that names the option at fault.
 */
export const magnet =
  (outputs: number, options: MagnetOptions) =>
  (x: Tokens): Model<MagnetParams, Empty, Tokens, Tokens> => {
    check(options)
    const { hidden, layers } = options
    return pure(specs(options, channelsOf('magnet', x), outputs), x, (params, places) => {
      let values = gaborValues(params, 0, places, hidden)
      for (let i = 0; i < layers; i++) {
        const linear = build.add(timesWeight(values, named(params, `weight${i}`)), named(params, `bias${i}`))
        values = build.mul(gaborValues(params, i + 1, places, hidden), linear)
      }
      return build.add(timesWeight(values, named(params, 'weight')), named(params, 'bias')) as Tokens
    })
  }
