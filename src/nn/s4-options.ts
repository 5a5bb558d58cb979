/** Options of the state space models of S4ND's kernels, and their first values. */
import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { ComplexArray } from './hermitian-eigen.js'
import { legsDecomposition } from './hippo.js'
import type { Initialiser } from './initialiser.js'
import { uniform } from './initialiser.js'

/** How a positive number is kept as a parameter: itself, or its image under the inverse of a function. */
export type PositiveTransform = 'none' | 'exp' | 'relu' | 'sigmoid' | 'softplus'

export interface S4KernelOptions {
  /** N: states, in conjugate pairs, of which one is kept; 64 unless stated. */
  readonly states?: number
  /** The state matrix: diagonal plus low rank (S4) unless stated, or diagonal (S4D). */
  readonly matrix?: 'dplr' | 'diagonal'
  /** First values: HiPPO-LegS unless stated; S4D-Lin and S4D-Inv for a diagonal matrix. */
  readonly start?: 'legs' | 'lin' | 'inv'
  /** Bilinear or zero-order hold; bilinear for 'dplr', which has no other, and zero-order hold for 'diagonal'. */
  readonly discretisation?: 'bilinear' | 'zoh'
  /** Matrices A, B (and P), which must divide the channels: channel h has that of h mod systems. One a channel unless stated. */
  readonly systems?: number
  /** Rank of the part beside the diagonal; 1 unless stated. What LegS does not need starts at 0. */
  readonly rank?: number
  /** Between which step sizes Δ are first drawn, log-uniformly; [0.001, 0.1] unless stated. */
  readonly steps?: readonly [least: number, most: number]
  /** One step size a channel unless stated, or one for each of its states. */
  readonly stepOf?: 'channel' | 'state'
  /** 'exp' unless stated; with another, Δ's first parameter is uniform between the images of `steps`. */
  readonly stepTransform?: PositiveTransform
  /** Of −Re λ; 'exp' unless stated. */
  readonly realTransform?: PositiveTransform
  /** Of −Im λ; 'none' unless stated. */
  readonly imaginaryTransform?: PositiveTransform
  /** Factor on the learning rate of Δ, A, B and P, which are not decayed; 1 unless stated. The reference learns them at 0.001. */
  readonly rate?: number
}

export type S4Kernel = Required<S4KernelOptions>

const RELU_FLOOR = 1e-4

/** The positive number that a parameter stands for. */
export const positive = (transform: PositiveTransform, x: Tensor): Tensor => {
  switch (transform) {
    case 'none':
      return x
    case 'exp':
      return build.exp(x)
    case 'relu':
      return build.add(build.relu(x), build.constant(RELU_FLOOR))
    case 'sigmoid':
      return build.sigmoid(x)
    case 'softplus':
      return build.softplus(x)
  }
}

/** The parameter that stands for a positive number, which is taken to be at least 1e-4. */
const inverse = (transform: PositiveTransform, value: number): number => {
  const x = Math.max(value, 1e-4)
  switch (transform) {
    case 'none':
    case 'relu':
      return x
    case 'exp':
      return Math.log(x)
    case 'sigmoid':
      return Math.log(x / (1 - x))
    case 'softplus':
      return Math.log(Math.expm1(x))
  }
}

type Field = keyof S4KernelOptions

const refuse = (field: Field, expected: string, found: unknown, hint: string): never =>
  fail(optionError({ where: `s4nd: ${field}`, expected, found: JSON.stringify(found), hint }))

const wholeFrom1 = (options: S4Kernel, ...fields: readonly ('states' | 'systems' | 'rank')[]): void => {
  for (const field of fields)
    if (!Number.isInteger(options[field]) || options[field] < 1)
      refuse(field, 'a positive whole number', options[field], 'the reference has 64 states and rank 1')
}

/** Every option, the others by default; refuses what cannot be. */
export const completeOptions = (given: S4KernelOptions, channels: number): S4Kernel => {
  const matrix = given.matrix ?? 'dplr'
  const options: S4Kernel = {
    states: 64,
    start: 'legs',
    discretisation: matrix === 'dplr' ? 'bilinear' : 'zoh',
    systems: channels,
    rank: 1,
    steps: [1e-3, 0.1],
    stepOf: 'channel',
    stepTransform: 'exp',
    realTransform: 'exp',
    imaginaryTransform: 'none',
    rate: 1,
    ...given,
    matrix,
  }
  wholeFrom1(options, 'states', 'systems', 'rank')
  const { states, systems, steps, start, discretisation, rank, rate } = options
  if (states % 2 === 1) refuse('states', 'an even number', states, 'states come in conjugate pairs')
  if (channels % systems !== 0)
    refuse('systems', `a divisor of the ${channels} channels`, systems, 'channel h has system h mod systems')
  if (!(steps[0] > 0 && steps[1] >= steps[0] && Number.isFinite(steps[1])))
    refuse('steps', 'two numbers, 0 < least ≤ most', steps, 'the reference has [0.001, 0.1]')
  if (options.stepTransform === 'sigmoid' && steps[1] >= 1)
    refuse('steps', 'step sizes below 1', steps, "stepTransform 'sigmoid' gives no others")
  if (matrix === 'dplr' && discretisation !== 'bilinear')
    refuse('discretisation', "'bilinear'", discretisation, "use matrix: 'diagonal' for zero-order hold")
  if (matrix === 'dplr' && start !== 'legs')
    refuse('start', "'legs'", start, "use matrix: 'diagonal' for S4D-Lin and S4D-Inv")
  if (matrix === 'diagonal' && rank !== 1)
    refuse('rank', 'no rank', rank, 'a diagonal matrix has no part of low rank')
  if (!(rate > 0 && Number.isFinite(rate)))
    refuse('rate', 'a positive number', rate, 'it is a factor on the learning rate')
  return options
}

/** −Re λ, −Im λ, B and P of one system. */
export interface FirstValues {
  readonly real: Float64Array
  readonly imaginary: Float64Array
  readonly b: ComplexArray
  readonly p: ComplexArray
}

const constant = (length: number, value: number): Float64Array => new Float64Array(length).fill(value)

/** Imaginary parts of B beyond ±2 are clipped, as in the reference. */
const CLIP = 2

const firstSystem = ({ states, start }: S4Kernel): FirstValues => {
  const half = states / 2
  if (start === 'legs') {
    const { lambda, b, p } = legsDecomposition(states)
    return {
      real: lambda.re.map((x) => -x),
      imaginary: lambda.im.map((x) => -x),
      b: { re: b.re, im: b.im.map((x) => Math.min(Math.max(x, -CLIP), CLIP)) },
      p,
    }
  }
  const frequency = (n: number): number =>
    start === 'lin' ? Math.PI * n : (states / Math.PI) * (states / (2 * n + 1) - 1)
  return {
    real: constant(half, 0.5),
    imaginary: Float64Array.from({ length: half }, (_, n) => frequency(n)),
    b: { re: constant(half, 1), im: constant(half, 0) },
    p: { re: constant(half, 0), im: constant(half, 0) },
  }
}

/** First values of every system, with the parameters' transforms undone. */
export const firstValues = (options: S4Kernel): FirstValues => {
  const { real, imaginary, b, p } = firstSystem(options)
  return {
    real: real.map((x) => inverse(options.realTransform, x)),
    // What is kept as it is may be 0, as the first frequency of S4D-Lin.
    imaginary:
      options.imaginaryTransform === 'none'
        ? imaginary
        : imaginary.map((x) => inverse(options.imaginaryTransform, x)),
    b,
    p,
  }
}

/** Log-uniform step sizes, for the transform 'exp'. */
export const stepInit = ({ steps: [least, most], stepTransform }: S4Kernel): Initialiser =>
  uniform(inverse(stepTransform, least), inverse(stepTransform, most))
