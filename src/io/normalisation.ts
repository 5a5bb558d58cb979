/** Shift and scale of pixels, one of each a channel. */
import * as E from 'fp-ts/lib/Either.js'
import { optionError, valueError } from '../error/error.js'
import type { TensorError } from '../error/error.js'
import type { ImageSet, Pixels } from './image-set.js'

/** A pixel p becomes (p − mean) / std of its channel. Bytes are divided by 255 first; floats are taken as they are. */
export interface Normalisation {
  readonly mean: readonly number[]
  readonly std: readonly number[]
}

/** What the pixels of a set are multiplied by before normalisation. */
const pixelScale = (pixels: Pixels): number => (pixels instanceof Uint8Array ? 1 / 255 : 1)

/**
 * Mean and standard deviation (of the population) of each channel, in float64 over two passes.
 * A channel that never varies has none: a `ValueError`.
 */
export const measureNormalisation = (set: ImageSet<Pixels>): E.Either<TensorError, Normalisation> => {
  const { images, channels } = set
  const scale = pixelScale(images)
  const perChannel = images.length / channels
  const channelMean = (channel: number, term: (pixel: number) => number): number => {
    let sum = 0
    for (let at = channel; at < images.length; at += channels) sum += term((images[at] ?? 0) * scale)
    return sum / perChannel
  }
  const mean = Array.from({ length: channels }, (_, channel) => channelMean(channel, (pixel) => pixel))
  const std = mean.map((centre, channel) => Math.sqrt(channelMean(channel, (pixel) => (pixel - centre) ** 2)))
  // A constant channel may leave rounding noise in place of an exact zero.
  const flat = std.findIndex((deviation, channel) => deviation <= 1e-12 * Math.abs(mean[channel] ?? 0))
  return flat < 0
    ? E.right({ mean, std })
    : E.left(
        valueError({
          where: `measureNormalisation of ${set.name}`,
          expected: 'every channel to vary',
          found: `the constant ${mean[flat]} in channel ${flat}`,
          hint: 'drop the channel, or give mean and std yourself',
        }),
      )
}

/** Checks a normalisation against the channels of a set; a misfit is an `OptionError`. */
export const checkNormalisation = (
  { mean, std }: Normalisation,
  set: ImageSet<Pixels>,
): E.Either<TensorError, Normalisation> => {
  const refuse = (where: string, expected: string, found: readonly number[]) =>
    E.left(
      optionError({
        where,
        expected,
        found: `[${found.join(', ')}]`,
        hint: 'measureNormalisation computes both from a set',
      }),
    )
  if (mean.length !== set.channels || !mean.every(Number.isFinite))
    return refuse('normalisation.mean', `${set.channels} finite numbers, one a channel of ${set.name}`, mean)
  if (std.length !== set.channels || !std.every((deviation) => deviation > 0 && Number.isFinite(deviation)))
    return refuse('normalisation.std', `${set.channels} positive numbers, one a channel of ${set.name}`, std)
  return E.right({ mean, std })
}

/** The normalised value of a pixel, as a function of the pixel and its channel. */
export const normaliser = (
  pixels: Pixels,
  { mean, std }: Normalisation,
): ((pixel: number, channel: number) => number) => {
  const scale = pixelScale(pixels)
  const normalise = (pixel: number, channel: number): number =>
    (pixel * scale - (mean[channel] ?? 0)) / (std[channel] ?? 1)
  if (pixels instanceof Float32Array) return normalise
  // A byte has 256 values: look the quotient up.
  const table = mean.map((_, channel) =>
    Float32Array.from({ length: 256 }, (_value, pixel) => normalise(pixel, channel)),
  )
  return (pixel, channel) => table[channel]?.[pixel] ?? 0
}
