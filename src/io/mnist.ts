/**
 * MNIST (LeCun, Cortes and Burges): 60,000 training and 10,000 test images of handwritten digits,
 * 28 × 28 grey bytes, from the four official IDX files.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { dataError } from '../error/error.js'
import type { TensorError } from '../error/error.js'
import { decodeIdx } from './idx.js'
import type { IdxArray } from './idx.js'
import { checkImageSet } from './image-set.js'
import type { ImageSet } from './image-set.js'

/** A training and a test set of the same kind of images. */
export interface ImageSplits {
  readonly train: ImageSet
  readonly test: ImageSet
}

/** A file's content, with the name that errors give it. */
export interface NamedBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The official names of the four files, unpacked. */
export const mnistFileNames = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const

export type MnistFiles = { readonly [K in keyof typeof mnistFileNames]: NamedBytes }

const decodeBytes =
  (rank: number, holds: string) =>
  (file: NamedBytes): E.Either<TensorError, IdxArray<'u8'>> =>
    pipe(
      file.bytes,
      decodeIdx(file.name),
      E.flatMap(({ element, dims, data }) =>
        element === 'u8' && data instanceof Uint8Array && dims.length === rank
          ? E.right({ element, dims, data })
          : E.left(
              dataError({
                where: file.name,
                expected: `${holds}: u8 with ${rank} ${rank === 1 ? 'axis' : 'axes'}`,
                found: `${element} with axes [${dims.join(', ')}]`,
                hint: 'are the files for images and labels exchanged?',
              }),
            ),
      ),
    )

/**
 * Decodes one set from its image file ([count, height, width] of bytes) and its label file ([count]).
 * `name` is the set's name; a count mismatch or a label that is no digit is a `DataError`.
 */
const decodeDigits = (
  name: string,
  images: NamedBytes,
  labels: NamedBytes,
): E.Either<TensorError, ImageSet> =>
  pipe(
    E.Do,
    E.bind('pixels', () => decodeBytes(3, 'images')(images)),
    E.bind('digits', () => decodeBytes(1, 'labels')(labels)),
    E.flatMap(({ pixels, digits }) => {
      const [count = 0, height = 0, width = 0] = pixels.dims
      if (digits.data.length !== count)
        return E.left(
          dataError({
            where: labels.name,
            expected: `${count} labels, one for each image of ${images.name}`,
            found: `${digits.data.length}`,
            hint: 'the two files belong to different sets',
          }),
        )
      return checkImageSet({
        name,
        images: pixels.data,
        count,
        height,
        width,
        channels: 1,
        labels: digits.data,
        classes: 10,
      })
    }),
  )

/** Decodes the four files. They may hold fewer images than the official ones; both sets must agree in size. */
export const decodeMnist = (files: MnistFiles): E.Either<TensorError, ImageSplits> =>
  pipe(
    E.Do,
    E.bind('train', () => decodeDigits('MNIST training set', files.trainImages, files.trainLabels)),
    E.bind('test', () => decodeDigits('MNIST test set', files.testImages, files.testLabels)),
    E.flatMap(({ train, test }) =>
      train.height === test.height && train.width === test.width
        ? E.right({ train, test })
        : E.left(
            dataError({
              where: files.testImages.name,
              expected: `images of ${train.height} × ${train.width}, as in ${files.trainImages.name}`,
              found: `${test.height} × ${test.width}`,
              hint: 'the four files belong to different sets',
            }),
          ),
    ),
  )
