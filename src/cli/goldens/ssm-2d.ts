/** The two-dimensional state space model of ethanbar11/ssm_2d: x (batch, channels, rows, columns), or (places, batch, channels). */
import { attempt, dataError, fail } from '../../error/error.js'
import { inputTensor } from '../../ir/tensor.js'
import type { Tensor } from '../../ir/tensor.js'
import { ssm2d, ssm2dKernels } from '../../nn/ssm-2d.js'
import type { Ssm2dKernelParams } from '../../nn/ssm-2d.js'
import { build } from '../../op/index.js'
import type { Shape } from '../../shape/dim.js'
import type { Golden, GoldenFamily, GoldenProgram, NamedTensors } from './family.js'
import { channelsFirst, checkUsed, lastChannels } from './network-program.js'
import { flagOf, nameOf, sizeOfField } from './vit-metadata.js'
import { tensorOf } from './vit-weights.js'

type F32 = Tensor<Shape, 'f32'>

/** Tensors of equal shapes as one with an axis before. */
const stacked = (params: NamedTensors, names: readonly string[]): F32 =>
  build.concat(
    names.map((name) => {
      const x = tensorOf(params, name)
      return build.reshape(x, [1, ...x.shape])
    }),
    0,
  ) as F32

const MATRICES = ['A_1', 'A_2', 'A_3', 'A_4']

const kernelParams = (params: NamedTensors, complex: boolean): Ssm2dKernelParams => ({
  radius: stacked(
    params,
    MATRICES.map((name) => `${complex ? 'A_radius' : 'A'}.${name}`),
  ),
  ...(complex
    ? {
        angle: stacked(
          params,
          MATRICES.map((name) => `A_angle.${name}`),
        ),
      }
    : {}),
  input: stacked(params, ['B_1', 'B_2']),
  output: stacked(params, ['C_1', 'C_2']),
})

/** How the file lays out x: to [batch, rows, columns, channels] and back. */
interface Layout {
  readonly grid: readonly [rows: number, columns: number]
  readonly channels: number
  readonly inward: (x: Tensor) => Tensor
  readonly outward: (y: Tensor) => Tensor
}

const layoutOf = ({ name, tensors }: Golden, side: number): Layout => {
  const shape = tensors['x']?.shape ?? []
  const [first = 0, second = 0, third = 0, fourth = 0] = shape
  if (shape.length === 4)
    return { grid: [third, fourth], channels: second, inward: lastChannels, outward: channelsFirst }
  if (shape.length === 3) {
    // Places first; a square, or as wide as the metadata says.
    const rows = Number.isInteger(Math.sqrt(first)) ? Math.sqrt(first) : side
    return {
      grid: [rows, first / rows],
      channels: third,
      inward: (x) => build.reshape(build.permute(x, [1, 0, 2]), [second, rows, first / rows, third]),
      outward: (y) => build.permute(build.reshape(y, [second, first, third]), [1, 0, 2]),
    }
  }
  return fail(
    dataError({
      where: `${name}: x`,
      expected: 'axes (batch, channels, rows, columns) or (places, batch, channels)',
      found: JSON.stringify(shape),
      hint: 'the reference takes these two',
    }),
  )
}

/** The file's layer norm is over the last axis, which is that of the channels only where places come first. */
const checkNorm = ({ name, tensors }: Golden, normalised: boolean): void => {
  if (normalised && tensors['x']?.shape.length !== 3)
    fail(
      dataError({
        where: `${name}: normalize`,
        expected: 'x of axes (places, batch, channels)',
        found: JSON.stringify(tensors['x']?.shape ?? null),
        hint: 'the reference normalises the last axis, which must be the channels',
      }),
    )
}

const program = (golden: Golden): GoldenProgram => {
  const side = sizeOfField(golden, 'L')
  const { grid, channels, inward, outward } = layoutOf(golden, side)
  const [complex, skip, normalised] = [
    flagOf(golden, 'complex'),
    flagOf(golden, 'omega'),
    flagOf(golden, 'normalize'),
  ]
  checkNorm(golden, normalised)
  const directions = Number(nameOf(golden, 'directions', ['1', '2', '4'])) as 1 | 2 | 4
  const [states, systems] = [sizeOfField(golden, 'Ns'), sizeOfField(golden, 'n_ssm')]
  const normName = Object.keys(golden.tensors).flatMap(
    (name) => /^param\/(.*norm.*)\.weight$/.exec(name)?.[1] ?? [],
  )[0]
  checkUsed(golden, [
    ...MATRICES.flatMap((name) => (complex ? [`A_radius.${name}`, `A_angle.${name}`] : [`A.${name}`])),
    ...['B_1', 'B_2', 'C_1', 'C_2', 'omega'],
    ...(normalised ? [`${normName}.weight`, `${normName}.bias`] : []),
  ])
  const reach = [Math.min(side, grid[0]), Math.min(side, grid[1])] as const
  const layer = ssm2d({ states, systems, directions, complex, skip, normalised, reach })(
    inputTensor('x', ['batch', ...grid, channels], 'f32'),
  )
  const made = ssm2dKernels({
    rows: side,
    columns: side,
    kernels: directions * channels,
    systems: directions * systems,
    states,
    complex,
  })
  return {
    kind: 'program',
    compute: ({ x, params }) => {
      const kernels = kernelParams(params, complex)
      const { y } = layer.apply(
        {
          params: {
            kernels,
            skip: skip ? { weight: tensorOf(params, 'omega') as F32 } : {},
            norm: normalised
              ? { scale: tensorOf(params, `${normName}.weight`), shift: tensorOf(params, `${normName}.bias`) }
              : {},
          },
          state: { kernels: {}, skip: {}, norm: {} },
        },
        inward(x) as typeof layer.input,
        { mode: 'evaluate' },
      )
      const k = made.apply({ params: kernels, state: {} }, {}, { mode: 'evaluate' }).y
      return { y: outward(y), ...('k' in golden.tensors ? { k: build.permute(k, [2, 0, 1]) } : {}) }
    },
  }
}

export const ssm2dFamily: GoldenFamily = {
  name: 'ssm2d',
  recognises: ({ name, tensors }) => name.startsWith('ssm2d') && 'param/C_1' in tensors,
  read: (golden) => attempt(() => program(golden)),
}
