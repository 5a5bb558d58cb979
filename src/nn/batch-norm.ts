import { fail, optionError, shapeError } from '../error/error.js'
import type { Tensor } from '../ir/tensor.js'
import { batchNormOp } from '../op/composite/batch-norm.js'
import { apply } from '../op/def.js'
import { build } from '../op/index.js'
import { share } from '../op/reduce/mean.js'
import type { Dim, Shape } from '../shape/dim.js'
import { printType } from '../shape/dim.js'
import { channelsOf } from './axes.js'
import { ones, zeros } from './initialiser.js'
import type { Applied, Model } from './model.js'
import { stateful } from './model.js'
import { parameter, stateValue } from './parameter.js'

export interface BatchNormParams<C extends Dim> {
  readonly scale: Tensor<readonly [C], 'f32'>
  readonly shift: Tensor<readonly [C], 'f32'>
}

/** What evaluation standardises by. */
export interface BatchNormState<C extends Dim> {
  readonly mean: Tensor<readonly [C], 'f32'>
  /** Unbiased. */
  readonly variance: Tensor<readonly [C], 'f32'>
  /** Batches that the statistics were taken of. */
  readonly batches: Tensor<readonly [], 'f32'>
}

export interface BatchNormOptions {
  /** Added to the variance; 1e-5 unless stated. */
  readonly epsilon?: number
  /** Weight of a batch's statistics against the running ones, 0.1 unless stated; null: all batches weigh the same. */
  readonly momentum?: number | null
}

const checkOptions = ({ epsilon = 1e-5, momentum = 0.1 }: BatchNormOptions): Required<BatchNormOptions> => {
  const refuse = (field: string, expected: string, found: unknown, hint: string): never =>
    fail(optionError({ where: `batchNorm: ${field}`, expected, found: String(found), hint }))
  if (!(epsilon > 0 && Number.isFinite(epsilon)))
    refuse('epsilon', 'a positive number', epsilon, 'it keeps the normalisation from dividing by 0')
  if (momentum !== null && !(momentum >= 0 && momentum <= 1))
    refuse(
      'momentum',
      'a number from 0 to 1, or null',
      momentum,
      '0.1 is usual: a tenth of the new statistics',
    )
  return { epsilon, momentum }
}

/** n / (n − 1) for the n elements that a channel's variance is taken of, as far as their number is known. */
const unbiasing = (x: Tensor): Tensor => {
  const places = x.shape.slice(0, -1)
  if (places.every((size) => size === 1))
    fail(
      shapeError({
        where: 'batchNorm',
        expected: 'more than one element of each channel in training',
        found: printType(x),
        hint: 'one element has no variance: give larger batches, or normalise over channels (layerNorm)',
      }),
    )
  const part = share(
    build,
    x,
    places.map((_, axis) => axis),
  )
  return build.reciprocal(build.sub(build.constant(1), part))
}

/** The running statistics after a batch: r + w (new − r), where w is the momentum, or 1 over the batches so far. */
const after = <C extends Dim>(
  { mean, variance, batches }: BatchNormState<C>,
  x: Tensor,
  batch: { readonly mean: Tensor; readonly variance: Tensor },
  momentum: number | null,
): BatchNormState<C> => {
  const counted = build.add(batches, build.constant(1))
  const weight = momentum === null ? build.reciprocal(counted) : build.constant(momentum)
  const moved = (running: Tensor, now: Tensor): Tensor =>
    build.add(
      build.mul(running, build.sub(build.constant(1), weight)),
      build.mul(build.stopGradient(now), weight),
    )
  return {
    mean: moved(mean, batch.mean),
    variance: moved(variance, build.mul(batch.variance, unbiasing(x))),
    batches: counted,
  } as BatchNormState<C>
}

/** Each channel by given statistics: (x − mean) · scale / √(variance + ε) + shift. */
const byRunning = (
  x: Tensor,
  { scale, shift }: BatchNormParams<Dim>,
  { mean, variance }: BatchNormState<Dim>,
  epsilon: number,
): Tensor => {
  const rate = build.mul(scale, build.rsqrt(build.add(variance, build.constant(epsilon))))
  return build.add(build.mul(build.sub(x, mean), rate), shift)
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015) of [...places, C], channels last, any number of axes: in training by
 * the mean and biased variance of the batch over all places, in evaluation by running ones. Training keeps these:
 * r ← (1 − momentum) r + momentum · new, from mean 0 and variance 1, the new variance unbiased, as PyTorch does.
 * Scale and shift are not decayed.
 * @throws TraceFailure with an OptionError for a wrong option, with a ShapeError in training on a single element.
 */
export const batchNorm =
  (options: BatchNormOptions = {}) =>
  <const B extends Shape, C extends Dim>(
    x: Tensor<readonly [...B, C], 'f32'>,
  ): Model<
    BatchNormParams<C>,
    BatchNormState<C>,
    Tensor<readonly [...B, C], 'f32'>,
    Tensor<readonly [...B, C], 'f32'>
  > => {
    const { epsilon, momentum } = checkOptions(options)
    const shape = [channelsOf('batchNorm', x) as C] as const
    return stateful(
      {
        scale: parameter({ shape, init: ones, decay: false }),
        shift: parameter({ shape, init: zeros, decay: false }),
      },
      { mean: stateValue(shape, 0), variance: stateValue(shape, 1), batches: stateValue([], 0) },
      x,
      ({ params, state }, given, run): Applied<typeof x, BatchNormState<C>> => {
        if (run.mode === 'evaluate') return { y: byRunning(given, params, state, epsilon) as typeof x, state }
        const [y, mean, variance] = apply(batchNormOp, { epsilon }, [given, params.scale, params.shift])
        if (y === undefined || mean === undefined || variance === undefined)
          throw new TypeError('batchNorm has three results')
        return { y: y as typeof x, state: after(state, given, { mean, variance }, momentum) }
      },
    )
  }
