import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluationBatches, trainingBatches } from '../../src/io/batches.js'
import type { Batch } from '../../src/io/batches.js'
import { checkImageSet, imageSize, takeImages } from '../../src/io/image-set.js'
import type { ImageSet, Pixels } from '../../src/io/image-set.js'
import { measureNormalisation } from '../../src/io/normalisation.js'
import { refusedText, right } from './results.js'

const size = fc.integer({ min: 1, max: 4 })
/** Sets whose first pixel of each image is the image's number, so that images can be told apart. */
const imageSet: fc.Arbitrary<ImageSet> = fc
  .record({
    count: fc.integer({ min: 2, max: 40 }),
    height: size,
    width: size,
    channels: fc.integer({ min: 1, max: 3 }),
  })
  .chain((dims) =>
    fc
      .record({
        images: fc.uint8Array({
          minLength: dims.count * dims.height * dims.width * dims.channels,
          maxLength: dims.count * dims.height * dims.width * dims.channels,
        }),
        labels: fc.uint8Array({ minLength: dims.count, maxLength: dims.count, max: 6 }),
      })
      .map(({ images, labels }) => {
        const stride = dims.height * dims.width * dims.channels
        const numbered = images.map((pixel, at) => (at % stride === 0 ? at / stride : pixel))
        return { name: 'set', ...dims, images: numbered, labels, classes: 7 }
      }),
  )
const plain = (set: ImageSet<Pixels>) => ({
  mean: new Array<number>(set.channels).fill(0),
  std: new Array<number>(set.channels).fill(1 / 255),
})
const seed = fc.nat({ max: 2 ** 32 - 1 })

const rows = (batch: Batch, set: ImageSet<Pixels>): readonly number[][] =>
  Array.from({ length: batch.size }, (_, row) => [
    ...batch.images.subarray(row * imageSize(set), (row + 1) * imageSize(set)),
  ])

describe('trainingBatches', () => {
  it('shows every image at most once an epoch, with its own pixels and label, dropping less than a batch', () => {
    fc.assert(
      fc.property(
        imageSet,
        fc.integer({ min: 1, max: 40 }),
        seed,
        fc.nat({ max: 5 }),
        (set, wanted, chosen, epoch) => {
          const batch = Math.min(wanted, set.count)
          const { perPass, batchAt, shape } = right(
            trainingBatches({ batch, seed: chosen, normalisation: plain(set) })(set),
          )
          expect(shape).toEqual([batch, set.height, set.width, set.channels])
          const seen = new Set<number>()
          for (let step = epoch * perPass; step < (epoch + 1) * perPass; step += 1) {
            const drawn = batchAt(step)
            expect(drawn.size).toBe(batch)
            expect(drawn.weights.every((weight) => weight === 1)).toBe(true)
            rows(drawn, set).forEach((pixels, row) => {
              const index = Math.round(pixels[0] ?? 0)
              seen.add(index)
              expect(drawn.labels[row]).toBe(set.labels[index])
              const original = set.images.subarray(index * imageSize(set), (index + 1) * imageSize(set))
              pixels.forEach((pixel, at) => expect(pixel).toBeCloseTo(original[at] ?? 0, 3))
            })
          }
          expect(seen.size).toBe(perPass * batch)
          expect(set.count - seen.size).toBeLessThan(batch)
        },
      ),
    )
  })

  it('gives a step the same batch, whatever was asked for before', () => {
    fc.assert(
      fc.property(
        imageSet,
        seed,
        fc.array(fc.nat({ max: 100 }), { maxLength: 5 }),
        fc.nat({ max: 100 }),
        (set, chosen, before, step) => {
          const options = { batch: 2, seed: chosen, normalisation: plain(set) }
          const walked = right(trainingBatches(options)(set))
          before.forEach(walked.batchAt)
          expect(walked.batchAt(step)).toEqual(right(trainingBatches(options)(set)).batchAt(step))
        },
      ),
    )
  })

  it('normalises to mean 0 and deviation 1 a channel', () => {
    fc.assert(
      fc.property(imageSet, seed, (set, chosen) => {
        const measured = measureNormalisation(set)
        fc.pre(E.isRight(measured))
        const { batchAt, normalisation } = right(trainingBatches({ batch: set.count, seed: chosen })(set))
        expect(E.right(normalisation)).toEqual(measured)
        const { images } = batchAt(3)
        for (let channel = 0; channel < set.channels; channel += 1) {
          const values = [...images].filter((_, at) => at % set.channels === channel)
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length
          const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
          expect(mean).toBeCloseTo(0, 4)
          expect(variance).toBeCloseTo(1, 4)
        }
      }),
    )
  })
})

describe('evaluationBatches', () => {
  it('shows every image once, in order, and pads the last batch with weightless zeros', () => {
    fc.assert(
      fc.property(imageSet, fc.integer({ min: 1, max: 50 }), (set, batch) => {
        const { perPass, batchAt } = right(evaluationBatches({ batch, normalisation: plain(set) })(set))
        const all = Array.from({ length: perPass }, (_, number) => batchAt(number))
        expect(all.flatMap((drawn) => rows(drawn, set)).map(([first]) => Math.round(first ?? 0))).toEqual(
          Array.from({ length: set.count }, (_, index) => index),
        )
        expect(all.flatMap(({ labels, size: images }) => [...labels.subarray(0, images)])).toEqual([
          ...set.labels,
        ])
        for (const drawn of all) {
          expect(drawn.images.length).toBe(batch * imageSize(set))
          expect([...drawn.weights]).toEqual(
            Array.from({ length: batch }, (_, row) => (row < drawn.size ? 1 : 0)),
          )
          expect(drawn.images.subarray(drawn.size * imageSize(set)).every((value) => value === 0)).toBe(true)
        }
        expect(all.slice(0, -1).every((drawn) => drawn.size === batch)).toBe(true)
      }),
    )
  })
})

const floats = (images: Float32Array): ImageSet<Float32Array> => ({
  name: 'mine',
  images,
  count: 3,
  height: 1,
  width: 2,
  channels: 1,
  labels: Uint8Array.of(0, 1, 1),
  classes: 2,
})
const good = floats(Float32Array.of(0, 1, 2, 3, 4, 5))

describe('image sets of the user', () => {
  it('takes floats as they are', () => {
    const { batchAt } = right(evaluationBatches({ batch: 3, normalisation: { mean: [1], std: [2] } })(good))
    expect([...batchAt(0).images]).toEqual([-0.5, 0, 0.5, 1, 1.5, 2])
  })

  it('names the image that holds a NaN or an infinity', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const set = floats(good.images.map((value, at) => (at === 3 ? bad : value)))
      const text = `ValueError in image 1 of mine: expected finite numbers, found ${bad} at element 1.\n  hint: repair or drop this image; indices count from 0`
      expect(refusedText(checkImageSet(set))).toBe(text)
      expect(refusedText(trainingBatches({ batch: 1, seed: 0 })(set))).toBe(text)
      expect(refusedText(evaluationBatches({ batch: 1 })(set))).toBe(text)
    }
  })

  it('refuses sizes and labels that do not agree', () => {
    expect(refusedText(checkImageSet({ ...good, width: 3 }))).toContain(
      'expected 9 numbers for images of [3, 1, 3, 1], found 6',
    )
    expect(refusedText(checkImageSet({ ...good, height: 0 }))).toContain(
      'expected height to be a positive integer, found 0',
    )
    expect(refusedText(checkImageSet({ ...good, labels: new Uint8Array(2) }))).toContain(
      'as many labels as images, 3, found 2',
    )
    expect(refusedText(checkImageSet({ ...good, classes: 1 }))).toContain(
      'expected labels from 0 to 0, found 1 for image 1',
    )
  })

  it('refuses options out of range', () => {
    const train = (batch: number, chosen = 0) => refusedText(trainingBatches({ batch, seed: chosen })(good))
    expect(train(4)).toBe(
      'OptionError in batch: expected an integer from 1 to 3, found 4.\n  hint: mine has 3 images',
    )
    expect(train(0)).toContain('found 0')
    expect(train(1.5)).toContain('found 1.5')
    expect(train(1, -1)).toContain('OptionError in seed: expected an integer from 0 to 4294967295, found -1')
    const evaluate = (mean: readonly number[], std: readonly number[]) =>
      refusedText(evaluationBatches({ batch: 1, normalisation: { mean, std } })(good))
    expect(evaluate([0, 0], [1])).toContain('OptionError in normalisation.mean: expected 1 finite numbers')
    expect(evaluate([0], [0])).toContain('OptionError in normalisation.std: expected 1 positive numbers')
    expect(evaluate([NaN], [1])).toContain('normalisation.mean')
  })

  it('cannot measure a channel that never varies', () => {
    expect(refusedText(measureNormalisation(floats(new Float32Array(6).fill(0.1))))).toMatch(
      /^ValueError in measureNormalisation of mine: expected every channel to vary, found the constant 0\.1/,
    )
  })

  it('takes the first images', () => {
    const first = right(takeImages(2)(good))
    expect([...first.images]).toEqual([0, 1, 2, 3])
    expect([...first.labels]).toEqual([0, 1])
    expect(right(checkImageSet(first)).count).toBe(2)
    expect(refusedText(takeImages(4)(good))).toContain('expected an integer from 1 to 3, found 4')
    expect(E.isLeft(takeImages(0)(good))).toBe(true)
  })
})
