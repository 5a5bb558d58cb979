import type * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { TensorError } from '../../src/error/error.js'
import { encodeIdx } from '../../src/io/idx.js'
import type { IdxArray } from '../../src/io/idx.js'
import { decodeMnist } from '../../src/io/mnist.js'
import type { ImageSplits, MnistFiles } from '../../src/io/mnist.js'
import { refusedText, right } from './results.js'

const file = (name: string, array: IdxArray) => ({ name, bytes: right(encodeIdx(array)) })
const images = (name: string, dims: readonly number[]) =>
  file(name, { element: 'u8', dims, data: new Uint8Array(dims.reduce((a, b) => a * b, 1)).fill(7) })
const labels = (name: string, digits: readonly number[]) =>
  file(name, { element: 'u8', dims: [digits.length], data: Uint8Array.from(digits) })

const files: MnistFiles = {
  trainImages: images('train-images', [3, 4, 5]),
  trainLabels: labels('train-labels', [0, 9, 4]),
  testImages: images('test-images', [2, 4, 5]),
  testLabels: labels('test-labels', [1, 2]),
}
const decode = (changed: Partial<MnistFiles>): E.Either<TensorError, ImageSplits> =>
  decodeMnist({ ...files, ...changed })

describe('decodeMnist', () => {
  it('makes two sets of channels-last images', () => {
    const { train, test } = right(decode({}))
    expect(train).toMatchObject({ count: 3, height: 4, width: 5, channels: 1, classes: 10 })
    expect(train.labels).toEqual(Uint8Array.of(0, 9, 4))
    expect(test.images.length).toBe(40)
  })

  it('refuses files that do not fit together, by name', () => {
    expect(refusedText(decode({ testLabels: labels('test-labels', [1, 2, 3]) }))).toBe(
      'DataError in test-labels: expected 2 labels, one for each image of test-images, found 3.\n  hint: the two files belong to different sets',
    )
    expect(refusedText(decode({ trainLabels: labels('train-labels', [0, 10, 4]) }))).toBe(
      'DataError in MNIST training set: expected labels from 0 to 9, found 10 for image 1.\n  hint: is it the right label file?',
    )
    expect(refusedText(decode({ testImages: images('test-images', [2, 5, 4]) }))).toContain(
      'expected images of 4 × 5, as in train-images, found 5 × 4',
    )
    expect(refusedText(decode({ trainImages: files.trainLabels, trainLabels: files.trainImages }))).toBe(
      'DataError in train-labels: expected images: u8 with 3 axes, found u8 with axes [3].\n  hint: are the files for images and labels exchanged?',
    )
    expect(
      refusedText(
        decode({ testLabels: file('test-labels', { element: 'i32', dims: [2], data: Int32Array.of(1, 2) }) }),
      ),
    ).toContain('expected labels: u8 with 1 axis, found i32 with axes [2]')
    expect(
      refusedText(decode({ trainImages: images('train-images', [0, 4, 5]), trainLabels: labels('l', []) })),
    ).toContain('expected count to be a positive integer, found 0')
  })
})
