/** What the normalisations expect of their operands: x with channels on its last axis, one parameter a channel. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { TensorType } from '../../shape/dim.js'
import { printType } from '../../shape/dim.js'
import type { Builder } from '../builder.js'
import type { SampleInput } from '../def.js'

export type EpsilonAttributes = {
  /** Added to the variance, or to the mean square; above 0. */
  readonly epsilon: number
}

export const epsilonAttributes: t.Type<EpsilonAttributes, Attributes> = t.readonly(
  t.strict({ epsilon: t.number }),
)

/** x of at least `rank` axes, and `parameters` more operands with one number for each of its channels. */
export const checkChannels = (
  where: string,
  { epsilon }: EpsilonAttributes,
  inputs: readonly TensorType[],
  parameters: 1 | 2,
  rank = 1,
): E.Either<TensorError, TensorType> => {
  const [x, ...others] = inputs
  const channels = x?.shape.at(-1)
  const isChannels = ({ dtype, shape }: TensorType): boolean =>
    dtype === 'f32' && shape.length === 1 && shape[0] === channels
  return x !== undefined &&
    x.dtype === 'f32' &&
    x.shape.length >= rank &&
    others.length === parameters &&
    others.every(isChannels) &&
    epsilon > 0
    ? E.right({ shape: x.shape, dtype: 'f32' })
    : E.left(
        shapeError({
          where,
          expected:
            `an f32 tensor of at least ${rank} axes, a scale ${parameters === 2 ? 'and a shift ' : ''}` +
            'with one number for each of its last axis, and an epsilon above 0',
          found: `${inputs.map(printType).join(', ') || 'nothing'} and epsilon ${epsilon}`,
          hint: 'parameters have one axis, as long as the last axis of x',
        }),
      )
}

/** A parameter of its own for each example stands beside rows, not among them: [V, C] becomes [V, 1, …, C]. */
export const besideRows = (b: Builder, x: Tensor, parameter: Tensor): Tensor => {
  const [size = 1, channels = 1] = parameter.shape
  return b.reshape(parameter, [size, ...x.shape.slice(1, -1).map(() => 1), channels])
}

/** Operands of a sample: x and its parameters. Values of x are apart, so that no group of them is constant. */
export const normalisationInputs = (x: SampleInput['shape'], parameters: number): readonly SampleInput[] => [
  { shape: x, dtype: 'f32', domain: 'apart' },
  ...Array.from({ length: parameters }, (): SampleInput => ({
    shape: x.slice(-1),
    dtype: 'f32',
    domain: 'any',
  })),
]
