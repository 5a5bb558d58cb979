/**
 * Batches of an image set, each a function of its number alone: training can stop and go on at any step.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { optionError } from '../error/error.js'
import type { TensorError } from '../error/error.js'
import { checkImageSet, imageSize } from './image-set.js'
import type { ImageSet, Pixels } from './image-set.js'
import { checkNormalisation, measureNormalisation, normaliser } from './normalisation.js'
import type { Normalisation } from './normalisation.js'
import { epochOrder } from './shuffle.js'

/** What a compiled step is fed. */
export interface Batch {
  /** [batch, height, width, channels], normalised. */
  readonly images: Float32Array
  /** [batch]: integers, which float32 holds exactly. */
  readonly labels: Float32Array
  /** [batch]: 1 for an image, 0 for padding. */
  readonly weights: Float32Array
  /** How many of the batch are images; the rest is padding at the end. */
  readonly size: number
}

/** Batches by number. */
export interface Batches {
  /** Batches in one pass over the set. */
  readonly perPass: number
  /** The shape of `images`: one for all batches, so that one compiled program serves. */
  readonly shape: readonly [batch: number, height: number, width: number, channels: number]
  readonly normalisation: Normalisation
  /** The batch of a number that counts from 0. */
  readonly batchAt: (number: number) => Batch
}

export interface BatchOptions {
  readonly batch: number
  /** Measured on the set itself where it is left out. Evaluation takes that of the training set. */
  readonly normalisation?: Normalisation
}

export interface TrainingBatchOptions extends BatchOptions {
  /** An integer from 0 to 2³² − 1: decides the order of every epoch. */
  readonly seed: number
}

/** Copies images out of a set: `indices` of them, the rest of the batch stays zero with weight zero. */
const gather = (set: ImageSet<Pixels>, normalisation: Normalisation, batch: number) => {
  const size = imageSize(set)
  const normalise = normaliser(set.images, normalisation)
  return (indices: ArrayLike<number>): Batch => {
    const images = new Float32Array(batch * size)
    const labels = new Float32Array(batch)
    const weights = new Float32Array(batch)
    for (let row = 0; row < indices.length; row += 1) {
      const index = indices[row] ?? 0
      labels[row] = set.labels[index] ?? 0
      weights[row] = 1
      for (let at = 0; at < size; at += 1)
        images[row * size + at] = normalise(set.images[index * size + at] ?? 0, at % set.channels)
    }
    return { images, labels, weights, size: indices.length }
  }
}

const integerOption = (
  where: string,
  value: number,
  least: number,
  most: number,
  hint: string,
): E.Either<TensorError, number> =>
  Number.isInteger(value) && value >= least && value <= most
    ? E.right(value)
    : E.left(optionError({ where, expected: `an integer from ${least} to ${most}`, found: `${value}`, hint }))

const prepare = (set: ImageSet<Pixels>, options: BatchOptions): E.Either<TensorError, Normalisation> =>
  pipe(
    checkImageSet(set),
    E.flatMap(() =>
      options.normalisation === undefined
        ? measureNormalisation(set)
        : checkNormalisation(options.normalisation, set),
    ),
  )

/**
 * Batches for training: every pass over the set has its own order, and a last, smaller batch is dropped.
 * `batchAt(step)` may be asked for any step; numbers beyond `perPass` go on in the next epoch.
 *
 * @returns `OptionError` for a batch larger than the set; the errors of `checkImageSet` and of the normalisation
 */
export const trainingBatches =
  (options: TrainingBatchOptions) =>
  (set: ImageSet<Pixels>): E.Either<TensorError, Batches> =>
    pipe(
      integerOption('batch', options.batch, 1, set.count, `${set.name} has ${set.count} images`),
      E.flatMap(() => integerOption('seed', options.seed, 0, 2 ** 32 - 1, 'any such integer will do')),
      E.flatMap(() => prepare(set, options)),
      E.map((normalisation) => {
        const perPass = Math.floor(set.count / options.batch)
        const take = gather(set, normalisation, options.batch)
        // The order of the last epoch asked for: 60,000 swaps are not worth repeating at every step.
        let cached = { epoch: -1, order: new Uint32Array(0) }
        const orderOf = (epoch: number): Uint32Array => {
          if (cached.epoch !== epoch)
            cached = { epoch, order: new Uint32Array(epochOrder(set.count, options.seed, epoch)) }
          return cached.order
        }
        return {
          perPass,
          shape: [options.batch, set.height, set.width, set.channels],
          normalisation,
          batchAt: (step) => {
            const start = (step % perPass) * options.batch
            return take(orderOf(Math.floor(step / perPass)).subarray(start, start + options.batch))
          },
        }
      }),
    )

/**
 * Batches for evaluation: the set in its own order, once; the last batch is padded with zeros of weight 0.
 * The batch may be larger than the set.
 */
export const evaluationBatches =
  (options: BatchOptions) =>
  (set: ImageSet<Pixels>): E.Either<TensorError, Batches> =>
    pipe(
      integerOption('batch', options.batch, 1, 2 ** 24, 'a batch is held in memory'),
      E.flatMap(() => prepare(set, options)),
      E.map((normalisation) => {
        const take = gather(set, normalisation, options.batch)
        return {
          perPass: Math.ceil(set.count / options.batch),
          shape: [options.batch, set.height, set.width, set.channels],
          normalisation,
          batchAt: (number) => {
            const start = number * options.batch
            const size = Math.max(0, Math.min(options.batch, set.count - start))
            return take(Array.from({ length: size }, (_, row) => start + row))
          },
        }
      }),
    )
