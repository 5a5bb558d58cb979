/**
 * The decay window (paper, section 3.2 and Eq. 7): exp(−Σ_n α_{n,c} t_n) + γ_c over a grid, a factor on a
 * filter's values. Both axes decay; the released code does so, against the printed sign.
 */
import type { Tensor } from '../ir/tensor.js'
import { fail, optionError } from '../error/error.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import type { Initialiser } from './initialiser.js'
import { ramp, uniform } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty } from './parameter.js'
import { parameter } from './parameter.js'
import { normalisedPositions } from './positional-encoding.js'

/** The window reaches `target` after the fraction `fast` of an axis in the fastest channel, `slow` in the slowest. */
export interface DecayRange {
  readonly target: number
  readonly fast: number
  readonly slow: number
}

/** The released code's. */
export const paperDecay: DecayRange = { target: 0.01, fast: 0.3, slow: 1.5 }

/** Decay rates of the slowest and the fastest channel. */
export const ratesOf = ({ target, fast, slow }: DecayRange): readonly [slowest: number, fastest: number] =>
  target > 0 && target < 1 && fast > 0 && slow >= fast
    ? [-Math.log(target) / slow, -Math.log(target) / fast]
    : fail(
        optionError({
          where: 'decayWindow: decay',
          expected: 'a target between 0 and 1, and 0 < fast ≤ slow',
          found: `target ${target}, fast ${fast}, slow ${slow}`,
          hint: 'the released code has target 0.01, fast 0.3, slow 1.5',
        }),
      )

/** Decay rates of the slowest and the fastest channel unless stated: 3.07 and 15.35. */
export const [slowestRate, fastestRate] = ratesOf(paperDecay)

export interface WindowOptions {
  /** One rate a channel for each axis, or one for all axes. */
  readonly rates: 'each axis' | 'all axes'
  /** Whether the channels' rates are shuffled by the key, each axis in its own order. */
  readonly shuffled: boolean
  readonly learned: boolean
  /** γ: a constant, or learned from U(0, 1). */
  readonly shift: number | 'learned'
  /** t on [0, 1], or the integers 0, 1, 2, … */
  readonly positions: 'normalised' | 'integer'
  /** Range of the rates over the channels; `paperDecay` unless stated. */
  readonly decay?: DecayRange
  /** Power of the exponential, before γ is added: 1 unless stated, 1/2 is the released code's `sqrt_decay`. */
  readonly power?: number
}

/** One per-axis rate for each channel, shuffled, constant: the paper's window and the default. */
export const dimensionalWindow: WindowOptions = {
  rates: 'each axis',
  shuffled: true,
  learned: false,
  shift: 0,
  positions: 'normalised',
}
/** The same without the shuffle: the released code's 'standard', in which both axes have equal rates. */
export const releasedWindow: WindowOptions = { ...dimensionalWindow, shuffled: false }
/** Rates and γ learned: the released code's 'learn'. */
export const learnedWindow: WindowOptions = { ...releasedWindow, learned: true, shift: 'learned' }
/** One rate a channel for all axes, constant (Eq. 6). */
export const symmetricWindow: WindowOptions = { ...releasedWindow, rates: 'all axes' }
/** The released code's 'symettric': learned, and on integer positions. */
export const releasedSymmetricWindow: WindowOptions = {
  ...symmetricWindow,
  learned: true,
  shift: 'learned',
  positions: 'integer',
}

export interface WindowParams {
  /** [axes or 1, channels]; where they are learned, their absolute values are the rates. */
  readonly rates: Tensor<Shape, 'f32'>
  /** [channels], where γ is learned. */
  readonly shift?: Tensor<Shape, 'f32'>
}

/** A factor on a filter [...grid, channels], as a model without an input. */
export type Window<P> = (
  grid: readonly number[],
  channels: number,
) => Model<P, Empty, Empty, Tensor<Shape, 'f32'>>

const absolute = (x: Tensor): Tensor => build.maximum(x, build.neg(x))

const positionsOf = (length: number, kind: WindowOptions['positions']): Float64Array =>
  kind === 'normalised' ? normalisedPositions(length) : Float64Array.from({ length }, (_, i) => i)

/** Σ_n rate_n t_n at every place: [...grid, channels]. */
const exponent = (
  grid: readonly number[],
  channels: number,
  options: WindowOptions,
  rates: Tensor,
): Tensor => {
  const terms = grid.map((length, axis) => {
    const row = options.rates === 'each axis' ? axis : 0
    const rate = build.reshape(build.slice(rates, [row, 0], [row + 1, channels]), [channels])
    const t = build.table(positionsOf(length, options.positions), [
      length,
      ...grid.slice(axis + 1).map(() => 1),
      1,
    ])
    return build.mul(options.learned ? absolute(rate) : rate, t)
  })
  return build.broadcast(
    terms.reduce((sum, term) => build.add(sum, term)),
    [...grid, channels],
  )
}

const powerOf = ({ power = 1 }: WindowOptions): number =>
  power > 0 && power < Infinity
    ? power
    : fail(
        optionError({
          where: 'decayWindow: power',
          expected: 'a positive number',
          found: `${power}`,
          hint: 'the window is exp(−Σ α t) to this power, plus γ',
        }),
      )

/** The window of `options`. Rates are spaced equally over the channels, from 3.07 to 15.35 unless stated. */
export const decayWindow =
  (options: WindowOptions): Window<WindowParams> =>
  (grid, channels) => {
    const init: Initialiser = ramp(...ratesOf(options.decay ?? paperDecay), options.shuffled)
    const rates = parameter<Shape>({
      shape: [options.rates === 'each axis' ? grid.length : 1, channels],
      init,
      trainable: options.learned,
      decay: options.learned,
    })
    const power = powerOf(options)
    const values = (params: WindowParams, shift: Tensor): Tensor<Shape, 'f32'> => {
      const sum = exponent(grid, channels, options, params.rates)
      const raised = power === 1 ? sum : build.mul(sum, build.constant(power))
      return build.add(build.exp(build.neg(raised)), shift) as Tensor<Shape, 'f32'>
    }
    const { shift } = options
    return shift === 'learned'
      ? pure({ rates, shift: parameter<Shape>({ shape: [channels], init: uniform(0, 1) }) }, {}, (params) =>
          values(params, params.shift),
        )
      : pure({ rates }, {}, (params) => values(params, build.constant(shift)))
  }

/** No window: the factor 1. */
export const noWindow: Window<Empty> = (grid, channels) =>
  pure({}, {}, () => build.constant(1, [...grid, channels]) as Tensor<Shape, 'f32'>)
