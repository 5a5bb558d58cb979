/** First values of parameters, as plain data and as expressions of a key. */
import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import { gamma } from '../op/random/gamma.js'
import type { Shape } from '../shape/dim.js'
import { concreteShape, printShape, sizeOf } from '../shape/dim.js'
import type { Key } from './key.js'

export type Initialiser =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number; readonly bound: number }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'xavierNormal' }
  | { readonly kind: 'pytorchLinear' }
  | { readonly kind: 'ramp'; readonly from: number; readonly to: number; readonly shuffled: boolean }
  | { readonly kind: 'values'; readonly values: Float64Array }
  | { readonly kind: 'gabor'; readonly shape: number; readonly frequency: number }

export const constantInit = (value: number): Initialiser => ({ kind: 'constant', value })
export const zeros: Initialiser = constantInit(0)
export const ones: Initialiser = constantInit(1)

/** N(0, deviation²). */
export const normal = (deviation = 1): Initialiser => ({ kind: 'normal', deviation, bound: Infinity })

/**
 * N(0, deviation²) held within ±bound, where the bound is absolute, as in timm's `trunc_normal_` (a = −2,
 * b = 2): at deviation 0.02 it lies 100 deviations out. Values beyond are clipped, not drawn again, so the
 * bound must lie at least four deviations out, where the difference is below 1e-4 of the mass.
 */
export const truncatedNormal = (deviation: number, bound = 2): Initialiser =>
  bound >= 4 * deviation
    ? { kind: 'normal', deviation, bound }
    : fail(
        optionError({
          where: 'truncatedNormal',
          expected: 'a bound of at least 4 deviations',
          found: `bound ${bound} at deviation ${deviation}`,
          hint: 'values beyond the bound are clipped, which would pile up mass on a nearer bound',
        }),
      )

/** Uniform in [low, high). */
export const uniform = (low: number, high: number): Initialiser => ({ kind: 'uniform', low, high })

/** N(0, 2 / (fanIn + fanOut)), after Glorot and Bengio 2010; for a weight [...inputs, outputs]. */
export const xavierNormal: Initialiser = { kind: 'xavierNormal' }

/** U(±1/√fanIn), PyTorch's default for linear and convolution weights; for a weight [...inputs, outputs]. */
export const pytorchLinear: Initialiser = { kind: 'pytorchLinear' }

/** Equally spaced numbers along the last axis; shuffled there by the key, each row in its own order. */
export const ramp = (from: number, to: number, shuffled = false): Initialiser => ({
  kind: 'ramp',
  from,
  to,
  shuffled,
})

/** Given numbers in row-major order. */
export const fromValues = (values: Float64Array): Initialiser => ({ kind: 'values', values })

/**
 * Inverse widths γ ~ Gamma(shape, 1) of Gabor functions over N axes, and after them frequencies
 * 2π · frequency · γ · U(±1/√N): a parameter [...functions, 2N] (Romero et al. 2022, FlexConv). One parameter,
 * since the frequencies are drawn with the widths.
 */
export const gabor = (shape: number, frequency: number): Initialiser => ({ kind: 'gabor', shape, frequency })

/** Inputs that one output of a weight [...inputs, outputs] sums over. */
export const fanInOf = (shape: Shape): number => sizeOf(shape.slice(0, -1))

/** A weight's and a bias's first values, which go together. */
export interface Initialisation {
  readonly weight: Initialiser
  readonly bias: (fanIn: number) => Initialiser
}

/** Weights N(0, 0.02²), biases 0: what the released Hyena N-D code does to every linear layer. */
export const truncatedNormalInit: Initialisation = { weight: truncatedNormal(0.02), bias: () => zeros }
/** Glorot's normal weights, biases 0: what the small-data-set ViT does. */
export const xavierInit: Initialisation = { weight: xavierNormal, bias: () => zeros }
/** Weights and biases U(±1/√fanIn). */
export const pytorchInit: Initialisation = {
  weight: pytorchLinear,
  bias: (fanIn) => uniform(-1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn)),
}

const scaled = (x: Tensor, factor: number): Tensor => build.mul(x, build.constant(factor))

const between = (key: Key, shape: readonly number[], low: number, high: number): Tensor =>
  build.add(scaled(build.uniform(key, shape), high - low), build.constant(low))

/** Numbers from `from` to `to` along the last axis. */
const rampTable = (shape: readonly number[], from: number, to: number): Tensor => {
  const length = shape.at(-1) ?? 1
  const step = length > 1 ? (to - from) / (length - 1) : 0
  const values = Float64Array.from({ length: sizeOf(shape) }, (_, i) => from + step * (i % length))
  return build.table(values, shape)
}

/**
 * The place of each element among its row, from 0 for the smallest. Equal numbers keep their order, so that
 * every place is taken once.
 */
export const placesInOrder = (u: Tensor, shape: readonly number[]): Tensor => {
  const length = shape.at(-1) ?? 1
  const rows = build.reshape(u, [...shape, 1])
  const columns = build.reshape(u, [...shape.slice(0, -1), 1, length])
  const before = build.less(build.iota([1, length], 1), build.iota([length, 1], 0))
  const smaller = build.toFloat(build.less(columns, rows))
  const equalBefore = build.mul(build.toFloat(build.equal(columns, rows)), build.toFloat(before))
  return build.sum(build.add(smaller, equalBefore), [-1])
}

/** A ramp in random order: element i takes the place of u_i among the uniform numbers u of its row. */
const shuffledRamp = (key: Key, shape: readonly number[], from: number, to: number): Tensor => {
  const length = shape.at(-1) ?? 1
  const place = placesInOrder(build.uniform(key, shape), shape)
  return build.add(scaled(place, length > 1 ? (to - from) / (length - 1) : 0), build.constant(from))
}

const gaborFunctions = (key: Key, sizes: readonly number[], shape: number, frequency: number): Tensor => {
  const axes = (sizes.at(-1) ?? 2) / 2
  const each = [...sizes.slice(0, -1), axes]
  const widths = gamma(each, shape)(build.foldIn(key, 0) as Key)
  const bound = (2 * Math.PI * frequency) / Math.sqrt(axes)
  const factors = between(build.foldIn(key, 1) as Key, each, -bound, bound)
  return build.concat([widths, build.mul(widths, factors)], each.length - 1)
}

const clipped = (x: Tensor, bound: number): Tensor =>
  bound === Infinity ? x : build.maximum(build.minimum(x, build.constant(bound)), build.constant(-bound))

/** The first value of a parameter. The key is only asked for by an initialiser that draws. */
export const initialise = (init: Initialiser, shape: Shape, key: () => Key): Tensor => {
  const sizes = concreteShape(shape)
  if (sizes === null)
    return fail(
      optionError({
        where: 'initialise',
        expected: 'a shape of numbers',
        found: printShape(shape),
        hint: 'give every axis a size',
      }),
    )
  switch (init.kind) {
    case 'constant':
      return build.constant(init.value, sizes)
    case 'normal':
      return clipped(scaled(build.normal(key(), sizes), init.deviation), init.bound)
    case 'uniform':
      return between(key(), sizes, init.low, init.high)
    case 'xavierNormal':
      return scaled(build.normal(key(), sizes), Math.sqrt(2 / (fanInOf(sizes) + (sizes.at(-1) ?? 1))))
    case 'pytorchLinear':
      return between(key(), sizes, -1 / Math.sqrt(fanInOf(sizes)), 1 / Math.sqrt(fanInOf(sizes)))
    case 'ramp':
      return init.shuffled
        ? shuffledRamp(key(), sizes, init.from, init.to)
        : rampTable(sizes, init.from, init.to)
    case 'values':
      return build.table(init.values, sizes)
    case 'gabor':
      return gaborFunctions(key(), sizes, init.shape, init.frequency)
  }
}
