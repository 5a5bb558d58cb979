/** S4ND of the reference code (state-spaces/s4): x (batch, channels, ...grid). */
import { attempt, dataError, fail } from '../../error/error.js'
import { inputTensor } from '../../ir/tensor.js'
import type { Tensor } from '../../ir/tensor.js'
import type { S4KernelParams } from '../../nn/s4-kernel.js'
import { s4Kernel } from '../../nn/s4-kernel.js'
import type { PositiveTransform, S4Kernel } from '../../nn/s4-options.js'
import { completeOptions } from '../../nn/s4-options.js'
import { s4nd } from '../../nn/s4nd.js'
import { build } from '../../op/index.js'
import type { Given, Golden, GoldenFamily, GoldenProgram, NamedTensors } from './family.js'
import { channelsFirst, checkUsed, lastChannels, lastChannelsShape } from './network-program.js'
import { flagOf, nameOf, sizeOfField } from './vit-metadata.js'
import { tensorOf } from './vit-weights.js'

const TRANSFORMS = ['none', 'exp', 'relu', 'sigmoid', 'softplus'] as const

/** A transform that the metadata may leave out. */
const transformOf = (golden: Golden, field: string, usual: PositiveTransform): PositiveTransform =>
  field in golden.metadata ? nameOf(golden, field, TRANSFORMS) : usual

const optionsOf = (golden: Golden, channels: number): S4Kernel => {
  const dplr = nameOf(golden, 'mode', ['dplr', 'nplr', 'diag']) !== 'diag'
  const [rank = 1] = golden.tensors['param/kernel.0.P']?.shape ?? []
  const step = golden.tensors['param/kernel.0.inv_dt']?.shape ?? []
  return completeOptions(
    {
      states: sizeOfField(golden, 'd_state'),
      systems: sizeOfField(golden, 'n_ssm'),
      matrix: dplr ? 'dplr' : 'diagonal',
      // The file has all values, so where they started does not matter.
      start: 'legs',
      // Of a matrix of low rank the reference knows no other rule.
      discretisation: nameOf(golden, 'disc', dplr ? ['bilinear'] : ['zoh', 'bilinear']),
      rank,
      stepOf: (step[1] ?? 1) > 1 ? 'state' : 'channel',
      stepTransform: transformOf(golden, 'dt_transform', 'exp'),
      realTransform: transformOf(golden, 'real_transform', 'exp'),
      imaginaryTransform: transformOf(golden, 'imag_transform', 'none'),
    },
    channels,
  )
}

const PARTS = ['inv_dt', 'C', 'B', 'A_real', 'A_imag', 'P']

/** The file's parameters of one axis in our shapes. */
const kernelParams = (
  options: S4Kernel,
  channels: number,
  axis: number,
  { params }: Given,
): S4KernelParams => {
  const { systems, rank, states, matrix } = options
  const half = states / 2
  const part = (name: string, shape: readonly number[]): Tensor<readonly number[], 'f32'> =>
    build.reshape(tensorOf(params, `kernel.${axis}.${name}`), shape) as Tensor<readonly number[], 'f32'>
  const output = tensorOf(params, `kernel.${axis}.C`)
  return {
    step: part('inv_dt', options.stepOf === 'state' ? [channels, half] : [channels]),
    decay: part('A_real', [systems, half]),
    frequency: part('A_imag', [systems, half]),
    input: part('B', [systems, half, 2]),
    output: part('C', output.shape.map(Number)),
    ...(matrix === 'dplr' ? { lowRank: part('P', [rank, systems, half, 2]) } : {}),
  }
}

/** [length, kernels, channels] → (kernels, channels, length). */
const kernelFirst = (k: Tensor): Tensor => build.permute(k, [1, 2, 0])

/** Both sides of an axis as one kernel of twice its length: forwards from the start, backwards from the end. */
const twoSided = (k: Tensor, results: number): Tensor => {
  const [, channels = 1, length = 1] = k.shape.map(Number)
  const side = (which: number): Tensor =>
    build.slice(k, [which * results, 0, 0], [(which + 1) * results, channels, length])
  return build.concat([side(0), build.flip(side(1), [2])], 2)
}

/**
 * On its first call the released code replaces the C of a matrix of low rank by C (I − Āᴸ) and trains that, so that
 * these gradients are of another function; a file that trains C itself says so in its name.
 */
const REPLACED = ['inv_dt', 'C', 'A_real', 'A_imag', 'P', 'B']
const replacedGradients = (golden: Golden, axes: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from({ length: axes }, (_, axis) => REPLACED.map((part) => `kernel.${axis}.${part}`))
      .flat()
      .flatMap((name) => [`grad/${name}`, `grad64/${name}`])
      .filter((name) => name in golden.tensors)
      .map((name) => [name, 'the reference differentiates with respect to C (I − Āᴸ), not C']),
  )

const program = (golden: Golden): GoldenProgram => {
  const shape = lastChannelsShape(golden)
  const [, ...gridAndChannels] = shape
  const grid = gridAndChannels.slice(0, -1).map(Number)
  const channels = Number(gridAndChannels.at(-1))
  const options = optionsOf(golden, channels)
  const results = sizeOfField(golden, 'channels')
  const bidirectional = flagOf(golden, 'bidirectional')
  if (!flagOf(golden, 'linear'))
    fail(
      dataError({
        where: `${golden.name}: linear`,
        expected: 'True',
        found: 'False',
        hint: 'the layer between an activation and an output map is not among the goldens',
      }),
    )
  const parts = options.matrix === 'dplr' ? PARTS : PARTS.slice(0, -1)
  checkUsed(golden, ['D', ...grid.flatMap((_, axis) => parts.map((part) => `kernel.${axis}.${part}`))])
  const { states, systems, matrix, start, discretisation, rank, stepOf } = options
  const { stepTransform, realTransform, imaginaryTransform } = options
  const layer = s4nd({
    states,
    systems,
    matrix,
    start,
    discretisation,
    rank,
    stepOf,
    stepTransform,
    realTransform,
    imaginaryTransform,
    bidirectional,
    channels: results,
  })(inputTensor('x', shape, 'f32'))
  const kernels = (bidirectional ? 2 : 1) * results
  const compute = (given: Given): NamedTensors => {
    const axes = grid.map((_, axis) => kernelParams(options, channels, axis, given))
    const skip = build.reshape(tensorOf(given.params, 'D'), [results, channels])
    const { y } = layer.apply(
      {
        params: {
          kernels: Object.fromEntries(axes.map((params, axis) => [`axis${axis}`, params])),
          skip: { weight: skip as Tensor<readonly number[], 'f32'> },
          finish: {},
        },
        state: { kernels: {}, skip: {}, finish: {} },
      },
      lastChannels(given.x),
      { mode: 'evaluate' },
    )
    const ofAxes = grid.flatMap((length, axis): readonly (readonly [string, Tensor])[] => {
      const params = axes[axis]
      if (params === undefined) return []
      const made = s4Kernel(options, length, kernels, channels).apply(
        { params, state: {} },
        {},
        { mode: 'evaluate' },
      )
      const k = kernelFirst(made.y)
      return [
        [`k_axis${axis}`, k],
        [`k_axis${axis}_float64_recurrence`, k],
        ...(bidirectional ? [[`k_axis${axis}_two_sided`, twoSided(k, results)] as const] : []),
      ]
    })
    const known = ofAxes.filter(([name]) => name in golden.tensors)
    return { y: channelsFirst(y), ...Object.fromEntries(known) }
  }
  const trainsC = options.matrix === 'diagonal' || golden.name.includes('trueC')
  return {
    kind: 'program',
    compute,
    ...(trainsC ? {} : { unlike: replacedGradients(golden, grid.length) }),
  }
}

export const s4ndFamily: GoldenFamily = {
  name: 's4nd',
  recognises: ({ name, tensors }) => name.startsWith('s4nd') && 'param/kernel.0.C' in tensors,
  read: (golden) => attempt(() => program(golden)),
}
