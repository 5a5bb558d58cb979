/**
 * The convolution kernel of a state space model x′ = A x + B u, y = 2 Re(C x) with complex states in conjugate
 * pairs (S4, Gu et al. 2022; S4D, Gu et al. 2022): K_l = 2 Re(C Āˡ B̄). A is diagonal, or diagonal minus P P*.
 *
 * The states Āˡ B̄ are made one after another: Ā is again diagonal minus low rank, so that a step costs O(N), and
 * nothing is divided by or subtracted from something near it, as Cauchy sums and C (I − Āᴸ) would be. C itself is
 * the parameter.
 */
import type { Tensor } from '../ir/tensor.js'
import { loop } from '../op/control/loop.js'
import { build } from '../op/index.js'
import type { Shape } from '../shape/dim.js'
import { fromValues, normal } from './initialiser.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty, ParameterSpec } from './parameter.js'
import { parameter } from './parameter.js'
import type { S4Kernel } from './s4-options.js'
import { firstValues, positive, stepInit } from './s4-options.js'

interface Planes {
  readonly re: Tensor
  readonly im: Tensor
}

export interface S4KernelParams {
  /** Δ, transformed: [C], or [C, N/2]. */
  readonly step: Tensor<Shape, 'f32'>
  /** −Re λ, transformed: [systems, N/2]. */
  readonly decay: Tensor<Shape, 'f32'>
  /** −Im λ, transformed: [systems, N/2]. */
  readonly frequency: Tensor<Shape, 'f32'>
  /** B: [systems, N/2, 2], real and imaginary parts. */
  readonly input: Tensor<Shape, 'f32'>
  /** C: [kernels, C, N/2, 2]. */
  readonly output: Tensor<Shape, 'f32'>
  /** P: [rank, systems, N/2, 2]; for a diagonal matrix there is none. */
  readonly lowRank?: Tensor<Shape, 'f32'>
}

const times = (x: Planes, y: Planes): Planes => ({
  re: build.sub(build.mul(x.re, y.re), build.mul(x.im, y.im)),
  im: build.add(build.mul(x.re, y.im), build.mul(x.im, y.re)),
})
const scaled = (factor: Tensor, { re, im }: Planes): Planes => ({
  re: build.mul(factor, re),
  im: build.mul(factor, im),
})
const minus = (x: Planes, y: Planes): Planes => ({ re: build.sub(x.re, y.re), im: build.sub(x.im, y.im) })
const number = (value: number): Tensor => build.constant(value)

/** What a row says of a state and its conjugate: 2 Re Σ_m r_m z_m, [C, 1]. */
const pairing = (row: Planes, z: Planes): Tensor =>
  build.mul(build.sum(build.sub(build.mul(row.re, z.re), build.mul(row.im, z.im)), [-1], true), number(2))

/** x ↦ d ⊙ x − Σ_j column_j · (row_j, x) on states and their conjugates. */
interface DiagonalMinusLowRank {
  readonly diagonal: Planes
  readonly parts: readonly { readonly column: Planes; readonly row: Planes }[]
}

const applied = ({ diagonal, parts }: DiagonalMinusLowRank, z: Planes): Planes =>
  parts.reduce((rest, { column, row }) => minus(rest, scaled(pairing(row, z), column)), times(diagonal, z))

/** The row r ↦ r G. */
const appliedToRow = ({ diagonal, parts }: DiagonalMinusLowRank, r: Planes): Planes =>
  parts.reduce((rest, { column, row }) => minus(rest, scaled(pairing(r, column), row)), times(r, diagonal))

/** (G⁻¹ + p p*)⁻¹, after Sherman and Morrison. */
const withRankOne = (g: DiagonalMinusLowRank, p: Planes): DiagonalMinusLowRank => {
  const conjugate = { re: p.re, im: build.neg(p.im) }
  const column = applied(g, p)
  const share = build.reciprocal(build.add(number(1), pairing(conjugate, column)))
  return { ...g, parts: [...g.parts, { column, row: scaled(share, appliedToRow(g, conjugate)) }] }
}

/** A discrete system: states start at B̄ and go on by Ā. */
interface Discrete {
  readonly first: Planes
  readonly matrix: DiagonalMinusLowRank
}

interface Continuous {
  /** Δ, and −Re λ and −Im λ: [C, N/2], or [C, 1] for Δ. */
  readonly step: Tensor
  readonly decay: Tensor
  readonly frequency: Tensor
  readonly input: Planes
  readonly lowRank: readonly Planes[]
}

/** Ā = (2 − ΔA)⁻¹ (2 + ΔA) = G · 4/Δ − 1 and B̄ = 2 G B, with G = (2/Δ − A)⁻¹. */
const bilinear = ({ step, decay, frequency, input, lowRank }: Continuous): Discrete => {
  const [a, b] = [build.mul(step, decay), build.mul(step, frequency)]
  // 1 / (2 − Δλ)
  const real = build.add(number(2), a)
  const size = build.reciprocal(build.add(build.square(real), build.square(b)))
  const resolvent = { re: build.mul(real, size), im: build.neg(build.mul(b, size)) }
  const start: DiagonalMinusLowRank = { diagonal: scaled(step, resolvent), parts: [] }
  const g = lowRank.reduce(withRankOne, start)
  const scale = build.div(number(4), step)
  return {
    first: scaled(number(2), applied(g, input)),
    matrix: {
      diagonal: times({ re: build.sub(number(2), a), im: build.neg(b) }, resolvent),
      parts: g.parts.map(({ column, row }) => ({ column, row: scaled(scale, row) })),
    },
  }
}

/** Ā = exp(Δλ), B̄ = B (exp(Δλ) − 1) / λ, for a diagonal matrix. */
const zeroOrderHold = ({ step, decay, frequency, input }: Continuous): Discrete => {
  const [exponent, angle] = [build.neg(build.mul(step, decay)), build.neg(build.mul(step, frequency))]
  const radius = build.exp(exponent)
  const im = build.mul(radius, build.sin(angle))
  // exp(x + iy) − 1 without a difference of numbers near 1: expm1(x) cos y − 2 sin²(y/2) + i exp(x) sin y.
  const sine = build.sin(build.mul(angle, number(0.5)))
  const growth = build.sub(
    build.mul(build.expm1(exponent), build.cos(angle)),
    build.mul(number(2), build.square(sine)),
  )
  const size = build.reciprocal(build.add(build.square(decay), build.square(frequency)))
  const inverse = { re: build.neg(build.mul(decay, size)), im: build.mul(frequency, size) }
  return {
    first: times(input, times({ re: growth, im }, inverse)),
    matrix: { diagonal: { re: build.mul(radius, build.cos(angle)), im }, parts: [] },
  }
}

/** B̄, Ā B̄, …: [length, C, N/2]. */
const states = ({ first, matrix }: Discrete, shape: Shape, length: number): Planes => {
  const start = [build.broadcast(first.re, shape), build.broadcast(first.im, shape)]
  const { stacked } = loop(
    build,
    { length, reverse: false, unroll: false, saveStates: false },
    start,
    [],
    ([re, im]) => {
      if (re === undefined || im === undefined) throw new RangeError('a state without its planes')
      const next = applied(matrix, { re, im })
      return { carry: [next.re, next.im], pieces: [re, im] }
    },
  )
  const [re, im] = stacked
  if (re === undefined || im === undefined) throw new RangeError('states without their planes')
  return { re, im }
}

/** Real and imaginary parts on the last axis as planes. */
const planes = (x: Tensor): Planes => {
  const shape = x.shape.slice(0, -1)
  const part = (which: number): Tensor =>
    build.reshape(build.slice(x, [...shape.map(() => 0), which], [...shape, which + 1]), shape)
  return { re: part(0), im: part(1) }
}

/** Channel h has what system h mod systems has: [systems, N/2] → [C, N/2]. */
const toChannels = (x: Tensor, channels: number): Tensor => {
  const [systems, half] = x.shape.map(Number)
  if (systems === undefined || half === undefined || systems === channels) return x
  return build.reshape(build.broadcast(x, [channels / systems, systems, half]), [channels, half])
}

const planesOfChannels = (x: Tensor, channels: number): Planes => {
  const { re, im } = planes(x)
  return { re: toChannels(re, channels), im: toChannels(im, channels) }
}

const continuous = (options: S4Kernel, channels: number, params: S4KernelParams): Continuous => {
  const { rank, systems, states: count, stepOf } = options
  const step = positive(options.stepTransform, params.step)
  const { lowRank } = params
  const factor = (r: number, p: Tensor): Tensor =>
    build.reshape(build.slice(p, [r, 0, 0, 0], [r + 1, systems, count / 2, 2]), [systems, count / 2, 2])
  return {
    step: stepOf === 'state' ? step : build.reshape(step, [channels, 1]),
    decay: toChannels(positive(options.realTransform, params.decay), channels),
    frequency: toChannels(positive(options.imaginaryTransform, params.frequency), channels),
    input: planesOfChannels(params.input, channels),
    lowRank:
      lowRank === undefined
        ? []
        : Array.from({ length: rank }, (_, r) => planesOfChannels(factor(r, lowRank), channels)),
  }
}

/** The same numbers for each of `copies`. */
const repeated = (copies: number, numbers: Float64Array): Float64Array =>
  Float64Array.from({ length: copies * numbers.length }, (_, i) => numbers[i % numbers.length] ?? 0)

/** re and im in turn. */
const interleaved = (re: Float64Array, im: Float64Array): Float64Array =>
  Float64Array.from({ length: 2 * re.length }, (_, i) => (i % 2 === 0 ? re : im)[i >> 1] ?? 0)

const specsOf = (options: S4Kernel, kernels: number, channels: number) => {
  const { states: count, systems, rank, matrix, rate } = options
  const half = count / 2
  const { real, imaginary, b, p } = firstValues(options)
  const own = (shape: Shape, numbers: Float64Array, copies = systems): ParameterSpec =>
    parameter({ shape, init: fromValues(repeated(copies, numbers)), decay: false, rate })
  const first = repeated(systems, interleaved(p.re, p.im))
  // Only the first of several ranks is needed by LegS.
  const lowRank = Float64Array.from({ length: rank * first.length }, (_, i) => first[i] ?? 0)
  const specs = {
    step: parameter<Shape>({
      shape: options.stepOf === 'state' ? [channels, half] : [channels],
      init: stepInit(options),
      decay: false,
      rate,
    }),
    decay: own([systems, half], real),
    frequency: own([systems, half], imaginary),
    input: own([systems, half, 2], interleaved(b.re, b.im)),
    // A complex normal number of variance 1.
    output: parameter<Shape>({ shape: [kernels, channels, half, 2], init: normal(Math.SQRT1_2) }),
  }
  return matrix === 'diagonal' ? specs : { ...specs, lowRank: own([rank, systems, half, 2], lowRank, 1) }
}

/** K_l of `kernels` outputs of each channel's system: [length, kernels, channels]. */
export const s4Kernel = (
  options: S4Kernel,
  length: number,
  kernels: number,
  channels: number,
): Model<S4KernelParams, Empty, Empty, Tensor<Shape, 'f32'>> =>
  pure(specsOf(options, kernels, channels), {}, (params: S4KernelParams) => {
    const system = continuous(options, channels, params)
    const discrete = options.discretisation === 'bilinear' ? bilinear(system) : zeroOrderHold(system)
    const z = states(discrete, [channels, options.states / 2], length)
    const c = planes(params.output)
    const sum = build.einsum(
      'khm,lhm->lkh',
      build.concat([c.re, build.neg(c.im)], 2),
      build.concat([z.re, z.im], 2),
    )
    return build.mul(sum, number(2)) as Tensor<Shape, 'f32'>
  })
