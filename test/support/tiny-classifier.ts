/** A Hyena ViT small enough to train in a test, and batches of a task it can learn: which quadrant is bright. */
import { makeVit } from '../../models/vit/index.js'
import { orFail } from '../../src/error/error.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { tensorsOf, withTensors } from '../../src/ir/tensor-tree.js'
import { filled, fromArray } from '../../src/op/leaf/constant.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import type { Device } from '../../src/run/device.js'
import { evaluate } from '../../src/run/reference.js'
import { stepper } from '../../src/run/stepper.js'
import { adamw } from '../../src/train/adamw.js'
import type { Labels, TrainingState } from '../../src/train/classifier.js'
import { initialState, trainingStep } from '../../src/train/classifier.js'
import { noise } from './arbitrary.js'
import { expectRight } from './gpu-environment.js'

const SIDE = 8
const BATCH = 8
const CLASSES = 4

export const tinyVit = () =>
  orFail(
    makeVit({
      height: SIDE,
      columns: SIDE,
      channels: 1,
      classes: CLASSES,
      patch: 2,
      width: 8,
      depth: 2,
      mixer: { kind: 'hyena', filterWidth: 4 },
      init: 'xavier normal',
      dropPath: 0.1,
    }),
  )

type Images = ReturnType<typeof tinyVit>['input']

/** Batch number `step`: noise, with one quadrant brighter; the quadrant is the label. */
export const quadrants = (step: number): { readonly images: Images; readonly labels: Labels } => {
  const labels = Float32Array.from({ length: BATCH }, (_, i) => (step + i) % CLASSES)
  const pixels = Float32Array.from(noise(1, step, BATCH * SIDE * SIDE), (value, flat) => {
    const [image, row, column] = [Math.floor(flat / SIDE ** 2), Math.floor(flat / SIDE) % SIDE, flat % SIDE]
    const quadrant = 2 * Math.floor((2 * row) / SIDE) + Math.floor((2 * column) / SIDE)
    return 0.5 * value + (quadrant === labels[image] ? 1 : 0)
  })
  return {
    images: fromArray(pixels, [BATCH, SIDE, SIDE, 1]) as Tensor as Images,
    labels: fromArray(labels, [BATCH], 'i24') as Tensor as Labels,
  }
}

const settled = <P, St>(state: TrainingState<P, St>): TrainingState<P, St> => {
  const tensors = tensorsOf(state)
  const values = evaluate(tensors)
  return withTensors(
    state,
    tensors.map(({ shape, dtype }, i) => fromArray(Float32Array.from(values[i]?.data ?? []), shape, dtype)),
  )
}

export interface TinyTraining {
  /** Takes one step and gives its loss. */
  readonly step: (number: number) => Promise<number>
  readonly launches: number
  readonly destroy: () => void
}

/** Training of the tiny model on a device, from seed 0. */
export const trainTiny = async (device: Device): Promise<TinyTraining> => {
  const model = tinyVit()
  const optimiser = adamw({ weightDecay: 0.05 })
  const state = settled(initialState(model, optimiser, keyFromSeed(0)))
  const { images, labels } = quadrants(0)
  const rate = inputTensor('rate', [], 'f32')
  const training = expectRight(
    await stepper(device)(trainingStep(model, { optimiser, smoothing: 0.1, clip: 1 }))(
      state,
      images,
      labels,
      rate,
    )(),
  )
  expectRight(training.write(state))
  return {
    step: async (number) => {
      const batch = quadrants(number)
      const { loss } = expectRight(await training.step(batch.images, batch.labels, filled(0.01, []))())
      const { values } = loss.node.attrs
      return values instanceof Float32Array ? (values[0] ?? Number.NaN) : Number.NaN
    },
    launches: training.facts.launches,
    destroy: training.destroy,
  }
}
