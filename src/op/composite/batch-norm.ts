import * as E from 'fp-ts/lib/Either.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Dim, Shape, TensorType } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { ChannelsCheck } from '../../shape/last-axis.js'
import type { Builder } from '../builder.js'
import { apply, defineComposite } from '../def.js'
import { share } from '../reduce/mean.js'
import { typedResult } from '../typed-result.js'
import type { EpsilonAttributes } from './channel-parameters.js'
import { checkChannels, epsilonAttributes, normalisationInputs } from './channel-parameters.js'
import type { Standardised } from './standardise.js'
import { momentsOf, normalised, project, standardise, sumOfTerms } from './standardise.js'

/** All axes but that of the channels. */
const axesOf = (x: Tensor): readonly number[] => x.shape.slice(1).map((_, axis) => axis)

/** A statistic, kept with axes of size 1, as one number a channel. */
const byChannel = (b: Builder, statistic: Tensor): Tensor => b.reshape(statistic, statistic.shape.slice(-1))

const statistics = (b: Builder, { mean, variance }: Standardised): readonly Tensor[] => [
  byChannel(b, mean),
  byChannel(b, variance),
]

export const batchNormOp = defineComposite<EpsilonAttributes>({
  name: 'batchNorm',
  category: 'composite',
  doc:
    'Batch normalisation (Ioffe and Szegedy 2015) of x [...places, C] by the statistics of x itself, as in training: each channel ' +
    'is standardised over all other axes, then scaled and shifted. Results: the values, and the mean and biased variance of ' +
    'each channel, from which a layer keeps its running averages. Derivative of x̂, symmetric: (h − mean h − x̂·mean(h ⊙ x̂))/√(variance + ε).',
  attrs: epsilonAttributes,
  type: (attrs, inputs) =>
    E.map((x: TensorType): readonly TensorType[] => {
      const statistic = { shape: x.shape.slice(-1), dtype: 'f32' as const }
      return [x, statistic, statistic]
    })(checkChannels('batchNorm', attrs, inputs, 2, 2)),
  expand: (b, { epsilon }, [x, scale, shift]) => {
    if (x === undefined || scale === undefined || shift === undefined) return []
    const standard = standardise(b, x, axesOf(x), epsilon)
    return [b.add(b.mul(standard.normal, scale), shift), ...statistics(b, standard)]
  },
  evaluate: ({ epsilon }, [x, scale, shift]) => {
    if (x === undefined) return []
    const channels = x.shape.at(-1) ?? 1
    const channel = (flat: number): number => flat % channels
    const moments = momentsOf(x, channels, channel)
    return [
      normalised(x, moments, channel, epsilon, scale, shift),
      { shape: [channels], data: Float64Array.from(moments, ({ mean }) => mean) },
      { shape: [channels], data: Float64Array.from(moments, ({ variance }) => variance) },
    ]
  },
  vjp: (b, { attrs: { epsilon }, inputs: [x, scale, shift], cotangents: [g, gMean, gVariance] }) => {
    if (
      x === undefined ||
      scale === undefined ||
      shift === undefined ||
      g === undefined ||
      gMean === undefined ||
      gVariance === undefined
    )
      return []
    const axes = axesOf(x)
    const standard = standardise(b, x, axes, epsilon)
    const centred = b.sub(x, standard.mean)
    // ∂mean/∂x is 1/n and ∂variance/∂x is 2(x − mean)/n.
    const throughStatistics = b.mul(
      b.add(gMean, b.mul(b.mul(gVariance, b.constant(2)), centred)),
      share(b, x, axes),
    )
    return [
      b.add(project(b, b.mul(g, scale), standard, axes), throughStatistics),
      b.sum(b.mul(g, standard.normal), axes),
      b.sum(g, axes),
    ]
  },
  jvp: (b, { attrs: { epsilon }, inputs: [x, scale], outputs: [y], tangents: [dx, dScale, dShift] }) => {
    if (x === undefined || scale === undefined || y === undefined) return [null, null, null]
    const axes = axesOf(x)
    const standard = standardise(b, x, axes, epsilon)
    const terms = [
      ...(dx ? [b.mul(project(b, dx, standard, axes), scale)] : []),
      ...(dScale ? [b.mul(standard.normal, dScale)] : []),
      ...(dShift ? [dShift] : []),
    ]
    const centred = b.sub(x, standard.mean)
    return [
      sumOfTerms(b, terms, y),
      dx ? b.mean(dx, axes) : null,
      dx ? b.mul(b.mean(b.mul(centred, dx), axes), b.constant(2)) : null,
    ]
  },
  batch: 'expand',
  cost: (_, __, [output]) => ({ flops: 8 * sizeOf(output?.shape ?? []) }),
  samples: [
    { attrs: { epsilon: 0.1 }, inputs: normalisationInputs([4, 'c'], 2) },
    { attrs: { epsilon: 0.1 }, inputs: normalisationInputs(['b', 2, 'n', 'c'], 2) },
    { attrs: { epsilon: 1 }, inputs: normalisationInputs(['b', 1], 2) },
  ],
  tolerance: { relative: 1e-5 },
  laws: [],
})

/** What `batchNorm` gives: the values, and the statistics they were standardised by. */
export interface BatchNormalised<S extends Shape, C extends Dim> {
  readonly y: Tensor<S, 'f32'>
  readonly mean: Tensor<readonly [C], 'f32'>
  /** Biased: the mean square distance from the mean. */
  readonly variance: Tensor<readonly [C], 'f32'>
}

/**
 * Each channel of x [...places, C] standardised over all other axes, times `scale`, plus `shift`, both [C], and
 * the statistics: `pipe(x, batchNorm(scale, shift)).y`.
 * @throws TraceFailure with a ShapeError where scale or shift do not have one number for each channel.
 */
export const batchNorm =
  <C extends Dim>(
    scale: Tensor<readonly [C], 'f32'>,
    shift: Tensor<readonly [NoInfer<C>], 'f32'>,
    { epsilon = 1e-5 }: Partial<EpsilonAttributes> = {},
  ) =>
  <S extends Shape>(x: Tensor<S, 'f32'> & ChannelsCheck<'batchNorm', S, C>): BatchNormalised<S, C> => {
    const [y, mean, variance] = apply(batchNormOp, { epsilon }, [x, scale, shift])
    if (y === undefined || mean === undefined || variance === undefined)
      throw new TypeError('batchNorm has three results')
    return { y: typedResult(y), mean: typedResult(mean), variance: typedResult(variance) }
  }
