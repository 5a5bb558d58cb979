/** A Hyena 2-D vision transformer as small as it can be, and images for it: 4 × 4, of two kinds. */
import { makeVit } from '../../models/vit/index.js'
import type { Vit, VitConfig } from '../../models/vit/index.js'
import type { Batches } from '../../src/io/batches.js'
import { evaluationBatches, trainingBatches } from '../../src/io/batches.js'
import type { ImageSet } from '../../src/io/image-set.js'
import { expectRight } from './gpu-environment.js'

export const CLASSES = 3

export const tinyVit = (options: Partial<VitConfig> = {}): Vit =>
  expectRight(
    makeVit({
      height: 4,
      columns: 4,
      channels: 1,
      classes: CLASSES,
      patch: 2,
      width: 4,
      depth: 1,
      mlpRatio: 1,
      mixer: { kind: 'hyena', filterWidth: 3, filterDepth: 2 },
      init: 'xavier normal',
      dropPath: 0,
      dropPathSchedule: 'constant',
      ...options,
    }),
  )

/** Images whose class is the row that is bright, over a pattern that is none. */
const tinyImages = (count: number, name = 'tiny images'): ImageSet => ({
  name,
  images: Uint8Array.from({ length: 16 * count }, (_, i) => {
    const [image, row] = [Math.floor(i / 16), Math.floor((i % 16) / 4)]
    return ((i * 7919) % 61) + (row === image % CLASSES ? 180 : 0)
  }),
  count,
  height: 4,
  width: 4,
  channels: 1,
  labels: Uint8Array.from({ length: count }, (_, image) => image % CLASSES),
  classes: CLASSES,
})

export const trainingSet = (batch: number, count = 24): Batches =>
  expectRight(trainingBatches({ batch, seed: 3 })(tinyImages(count)))

export const testSet = (batch: number, count: number): Batches =>
  expectRight(evaluationBatches({ batch, normalisation: trainingSet(4).normalisation })(tinyImages(count)))
