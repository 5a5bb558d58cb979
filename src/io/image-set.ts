/**
 * Labelled images in memory: what every data set is decoded to and what batches are cut from.
 */
import * as E from 'fp-ts/lib/Either.js'
import { dataError, optionError, valueError } from '../error/error.js'
import type { TensorError } from '../error/error.js'

/** Bytes from 0 to 255, or numbers that the user has scaled already. */
export type Pixels = Uint8Array | Float32Array

/** Images of one size with one label each. `images` is [count, height, width, channels], row-major. */
export interface ImageSet<P extends Pixels = Uint8Array> {
  readonly name: string
  readonly images: P
  readonly count: number
  readonly height: number
  readonly width: number
  readonly channels: number
  /** [count], each below `classes`. */
  readonly labels: Uint8Array
  readonly classes: number
}

/** Numbers an image has: height × width × channels. */
export const imageSize = (set: ImageSet<Pixels>): number => set.height * set.width * set.channels

const firstNonFinite = (images: Pixels): number =>
  images instanceof Uint8Array ? -1 : images.findIndex((pixel) => !Number.isFinite(pixel))

const nonFiniteError = (set: ImageSet<Pixels>, at: number): TensorError => {
  const size = imageSize(set)
  return valueError({
    where: `image ${Math.floor(at / size)} of ${set.name}`,
    expected: 'finite numbers',
    found: `${set.images[at]} at element ${at % size}`,
    hint: 'repair or drop this image; indices count from 0',
  })
}

/**
 * Checks what the types cannot: that sizes, labels and numbers agree.
 *
 * @returns the set itself, or a `DataError` (sizes, labels), or a `ValueError` that names the first image
 * with a NaN or an infinity
 */
export const checkImageSet = <P extends Pixels>(set: ImageSet<P>): E.Either<TensorError, ImageSet<P>> => {
  const refuse = (expected: string, found: string, hint: string) =>
    E.left(dataError({ where: set.name, expected, found, hint }))
  const { count, height, width, channels, classes } = set
  const dims = { count, height, width, channels, classes }
  const wrong = Object.entries(dims).find(([, value]) => !Number.isSafeInteger(value) || value < 1)
  if (wrong)
    return refuse(
      `${wrong[0]} to be a positive integer`,
      `${wrong[1]}`,
      'an image set holds at least one image',
    )
  if (set.images.length !== count * imageSize(set))
    return refuse(
      `${count * imageSize(set)} numbers for images of [${count}, ${height}, ${width}, ${channels}]`,
      `${set.images.length}`,
      'images are channels-last and all of one size',
    )
  if (set.labels.length !== count)
    return refuse(
      `as many labels as images, ${count}`,
      `${set.labels.length}`,
      'do both files belong to one set?',
    )
  const stray = set.labels.findIndex((label) => label >= classes)
  if (stray >= 0)
    return refuse(
      `labels from 0 to ${classes - 1}`,
      `${set.labels[stray]} for image ${stray}`,
      'is it the right label file?',
    )
  const at = firstNonFinite(set.images)
  return at < 0 ? E.right(set) : E.left(nonFiniteError(set, at))
}

/** The first `count` images of a set, sharing its memory. A count out of range is an `OptionError`. */
export const takeImages =
  (count: number) =>
  (set: ImageSet<Pixels>): E.Either<TensorError, ImageSet<Pixels>> =>
    Number.isInteger(count) && count >= 1 && count <= set.count
      ? E.right({
          ...set,
          count,
          images: set.images.subarray(0, count * imageSize(set)),
          labels: set.labels.subarray(0, count),
        })
      : E.left(
          optionError({
            where: `takeImages of ${set.name}`,
            expected: `an integer from 1 to ${set.count}`,
            found: `${count}`,
            hint: `the set has ${set.count} images`,
          }),
        )
