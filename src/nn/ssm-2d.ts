/**
 * The two-dimensional state space model as a layer (Baron et al. 2023): a causal convolution of each channel with a
 * kernel that a recurrence over rows and columns makes, in one to four directions, added up.
 */
import { fail, optionError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { build } from '../op/index.js'
import type { Dim, Shape } from '../shape/dim.js'
import type { OnGrid } from './axes.js'
import { channelsOf, gridOf } from './axes.js'
import { assemble } from './compose.js'
import { normal, uniform } from './initialiser.js'
import { layerNorm } from './layer-norm.js'
import type { Model } from './model.js'
import { pure } from './model.js'
import type { Empty, ParameterSpec } from './parameter.js'
import { parameter } from './parameter.js'
import type { Number2d } from './ssm-2d-kernel.js'
import { ssm2dKernel } from './ssm-2d-kernel.js'

export interface Ssm2dOptions {
  /** N: states of a system; 16 unless stated. */
  readonly states?: number
  /** Systems (A, B) for each direction, which divide the channels: a channel has that of its number mod systems. 2 unless stated. */
  readonly systems?: number
  /** 1: forward. 2: and backward along both axes (unless stated). 4: every flip. */
  readonly directions?: 1 | 2 | 4
  /** Whether A, B and C are complex; real unless stated. */
  readonly complex?: boolean
  /** Whether ω ⊙ x is added; so unless stated. */
  readonly skip?: boolean
  /** Whether a layer norm over the channels follows; not unless stated. */
  readonly normalised?: boolean
  /** Rows and columns of the kernel, where it is smaller than the grid; as large unless stated. */
  readonly reach?: readonly [rows: number, columns: number]
}

/** Axes each direction is flipped along, in the reference's order. */
const FLIPS: Readonly<Record<1 | 2 | 4, readonly (readonly number[])[]>> = {
  1: [[]],
  2: [[], [1, 2]],
  4: [[], [1], [2], [1, 2]],
}

export interface Ssm2dKernelParams {
  /** A₁ to A₄ before the sigmoid; of complex ones the radius: [4, systems, N]. */
  readonly radius: Tensor<Shape, 'f32'>
  /** Of complex A, the angle as a fraction of a turn, before the sigmoid: [4, systems, N]. */
  readonly angle?: Tensor<Shape, 'f32'>
  /** B₁ and B₂ before the sigmoid: [2, systems, N], complex [2, systems, N, 2]. */
  readonly input: Tensor<Shape, 'f32'>
  /** C₁ and C₂: [2, directions · C, N], complex [2, directions · C, N, 2]. */
  readonly output: Tensor<Shape, 'f32'>
}

const refuse = (field: keyof Ssm2dOptions, expected: string, found: unknown, hint: string): never =>
  fail(optionError({ where: `ssm2d: ${field}`, expected, found: JSON.stringify(found), hint }))

/** Part `index` of the first axis. */
const part = (x: Tensor, index: number): Tensor => {
  const [, ...rest] = x.shape
  return build.reshape(build.slice(x, [index, ...rest.map(() => 0)], [index + 1, ...rest]), rest)
}

/** Real and imaginary part from the last axis. */
const complexOf = (x: Tensor): Number2d => {
  const shape = x.shape.slice(0, -1)
  const plane = (which: number): Tensor =>
    build.reshape(build.slice(x, [...shape.map(() => 0), which], [...shape, which + 1]), shape)
  return { re: plane(0), im: plane(1) }
}

const matrixPart = ({ radius, angle }: Ssm2dKernelParams, index: number): Number2d => {
  const size = build.sigmoid(part(radius, index))
  if (angle === undefined) return { re: size, im: null }
  const turn = build.mul(build.sigmoid(part(angle, index)), build.constant(2 * Math.PI))
  return { re: build.mul(size, build.cos(turn)), im: build.mul(size, build.sin(turn)) }
}

interface KernelSizes {
  readonly rows: number
  readonly columns: number
  readonly kernels: number
  readonly systems: number
  readonly states: number
  readonly complex: boolean
}

/** Deviation of the first A and B, before the sigmoid. */
const DEVIATION = 0.2

/** The kernels of all directions, a direction's channels in a row: [rows, columns, kernels]. */
export const ssm2dKernels = ({
  rows,
  columns,
  kernels,
  systems,
  states,
  complex,
}: KernelSizes): Model<Ssm2dKernelParams, Empty, Empty, Tensor> => {
  const last = complex ? [2] : []
  const spec = (shape: Shape, init: ParameterSpec['init']): ParameterSpec => parameter({ shape, init })
  const angles = complex ? { angle: spec([4, systems, states], uniform(0.5, 3)) } : {}
  const specs = {
    radius: spec([4, systems, states], complex ? uniform(0.5, 3) : normal(DEVIATION)),
    ...angles,
    input: spec([2, systems, states, ...last], normal(DEVIATION)),
    output: spec([2, kernels, states, ...last], normal(1)),
  }
  const numberOf = (x: Tensor): Number2d => (complex ? complexOf(x) : { re: x, im: null })
  return pure(specs, {}, (params: Ssm2dKernelParams) =>
    ssm2dKernel(
      {
        matrix: [0, 1, 2, 3].map((index) => matrixPart(params, index)),
        input: [0, 1].map((index) => numberOf(build.sigmoid(part(params.input, index)))),
        output: [0, 1].map((index) => numberOf(part(params.output, index))),
      },
      rows,
      columns,
    ),
  )
}

const checked = (options: Ssm2dOptions, grid: readonly number[], channels: number) => {
  const {
    states = 16,
    systems = 2,
    directions = 2,
    complex = false,
    skip = true,
    normalised = false,
  } = options
  const [rows = 0, columns = 0] = grid
  const { reach = [rows, columns] } = options
  if (grid.length !== 2)
    fail(
      optionError({
        where: 'ssm2d',
        expected: 'a grid of two axes',
        found: `[${grid.join(', ')}]`,
        hint: 'its recurrence runs over rows and columns',
      }),
    )
  if (!Number.isInteger(states) || states < 1)
    refuse('states', 'a positive whole number', states, 'the reference has 16')
  if (!Number.isInteger(systems) || systems < 1 || channels % systems !== 0)
    refuse('systems', `a divisor of the ${channels} channels`, systems, 'each system serves as many channels')
  if (!(directions in FLIPS)) refuse('directions', '1, 2 or 4', directions, 'the reference has 2')
  if (!reach.every((size, axis) => Number.isInteger(size) && size >= 1 && size <= (grid[axis] ?? 0)))
    refuse(
      'reach',
      `sizes from 1 to those of the grid [${grid.join(', ')}]`,
      reach,
      'leave it out for the whole grid',
    )
  return { states, systems, flips: FLIPS[directions], complex, skip, normalised, reach }
}

/**
 * The layer: [batch, rows, columns, C] → the same.
 * @throws TraceFailure with an OptionError that names the option at fault.
 */
export const ssm2d =
  (options: Ssm2dOptions = {}) =>
  <B extends Dim, const G extends Shape, C extends Dim>(x: OnGrid<B, G, C>) => {
    const grid = gridOf('ssm2d', x)
    const channels = channelsOf('ssm2d', x)
    const { states, systems, flips, complex, skip, normalised, reach } = checked(options, grid, channels)
    const [rows, columns] = reach
    const kernels = ssm2dKernels({
      rows,
      columns,
      kernels: flips.length * channels,
      systems: flips.length * systems,
      states,
      complex,
    })
    const weights: Readonly<Record<string, ParameterSpec>> = skip
      ? { weight: parameter<Shape>({ shape: [channels], init: normal(1) }) }
      : {}
    const skips = pure(weights, x, ({ weight }, given): Tensor =>
      weight === undefined ? given : build.mul(weight, given),
    )
    const norm: Model<unknown, unknown, Tensor, Tensor> = normalised
      ? layerNorm(1e-5)(x)
      : pure({}, x as Tensor, (_, y) => y)
    return assemble({ kernels, skip: skips, norm }, x, (call, given) => {
      const all = call.kernels({})
      const results = flips.map((axes, d): Tensor => {
        const own = build.slice(all, [0, 0, d * channels], [rows, columns, (d + 1) * channels])
        const kernel = build.pad(build.reshape(own, [1, rows, columns, channels]), [
          [0, 0],
          [0, (grid[0] ?? rows) - rows],
          [0, (grid[1] ?? columns) - columns],
          [0, 0],
        ])
        const flipped = (y: Tensor): Tensor => (axes.length === 0 ? y : build.flip(y, axes))
        return flipped(build.fftConv({ axes: [1, 2], mode: 'causal', sumOver: [] }, flipped(given), kernel))
      })
      const mixed = [...results, ...(skip ? [call.skip(given)] : [])].reduce((a, b) => build.add(a, b))
      return call.norm(mixed) as typeof x
    })
  }
