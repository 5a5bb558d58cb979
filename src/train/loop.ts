/**
 * The training loop as an async iterator of events: whoever iterates decides what is printed and when to
 * stop. An error is the last thing it yields.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { attempt, valueError } from '../error/error.js'
import type { Batch, Batches } from '../io/batches.js'
import type { Tensor } from '../ir/tensor.js'
import { inputTensor } from '../ir/tensor.js'
import { tensorsOf, withTensors } from '../ir/tensor-tree.js'
import { countParameters } from '../nn/count.js'
import type { Variables } from '../nn/model.js'
import { filled, fromArray } from '../op/leaf/constant.js'
import { keyFromSeed } from '../op/random/key.js'
import type { Compiled } from '../run/compile.js'
import { compile } from '../run/compile.js'
import type { Device } from '../run/device.js'
import { evaluate } from '../run/reference.js'
import type { Stepper } from '../run/stepper.js'
import { stepper } from '../run/stepper.js'
import type {
  Classifier,
  Labels,
  Score,
  StepOutput,
  TrainingOptions,
  TrainingState,
  Weights,
} from './classifier.js'
import { initialState, scoreBatch, trainingStep } from './classifier.js'
import type { TrainingEvent } from './events.js'
import type { Schedule } from './schedule.js'

type Scalar = Tensor<readonly [], 'f32'>

export interface TrainingRun<P, St, I extends Tensor> extends TrainingOptions {
  readonly model: Classifier<P, St, I>
  readonly device: Device
  readonly train: Batches
  readonly test: Batches
  readonly trainImages: number
  readonly testImages: number
  readonly steps: number
  readonly seed: number
  /** The learning rate of each step. */
  readonly schedule: Schedule
  /** Aborting it ends the run after the step under way. */
  readonly signal?: AbortSignal
}

type Event = E.Either<TensorError, TrainingEvent>

/** Expressions as values, computed by the interpreter: only initial states, which are small. */
const settle = <T>(tree: T): E.Either<TensorError, T> =>
  attempt(() => {
    const tensors = tensorsOf(tree)
    const values = evaluate(tensors)
    return withTensors(
      tree,
      tensors.map((tensor, i) =>
        fromArray(Float32Array.from(values[i]?.data ?? []), tensor.shape, tensor.dtype),
      ),
    )
  })

/**
 * A turn of the event loop, then whether the run was aborted. Devices that compute on this thread settle at
 * once, so that without it neither an interrupt nor anyone else would be heard until the end.
 */
const isAborted = async ({ signal }: { readonly signal?: AbortSignal }): Promise<boolean> => {
  await new Promise((resolve) => setTimeout(resolve, 0))
  return signal?.aborted === true
}

interface Programs<P, St, I> {
  readonly training: Stepper<TrainingState<P, St>, readonly [I, Labels, Scalar], StepOutput>
  readonly scoring: Compiled<readonly [Variables<P, St>, I, Labels, Weights], Score>
  readonly seconds: number
}

const scalarOf = (x: Tensor): number => {
  const values = x.node.attrs['values']
  return values instanceof Float32Array ? (values[0] ?? Number.NaN) : Number.NaN
}

const imagesOf = <I extends Tensor>({ images }: Batch, shape: Batches['shape']): I =>
  fromArray(images, shape) as Tensor as I
const labelsOf = ({ labels }: Batch): Labels => fromArray(labels, [labels.length], 'i24') as Tensor as Labels

const compileAll = async <P, St, I extends Tensor>(
  run: TrainingRun<P, St, I>,
  state: TrainingState<P, St>,
): Promise<E.Either<TensorError, Programs<P, St, I>>> => {
  const start = performance.now()
  const specify = (batches: Batches): readonly [I, Labels, Weights] => {
    const [count] = batches.shape
    return [
      inputTensor('images', batches.shape, 'f32') as Tensor as I,
      inputTensor('labels', [count], 'i24') as Tensor as Labels,
      inputTensor('weights', [count], 'f32') as Tensor as Weights,
    ]
  }
  const [images, labels] = specify(run.train)
  const rate: Scalar = inputTensor('rate', [], 'f32')
  const training = await stepper(run.device)(trainingStep(run.model, run))(state, images, labels, rate)()
  if (E.isLeft(training)) return training
  const scoring = await compile(run.device)(scoreBatch(run.model))(state.variables, ...specify(run.test))()
  if (E.isLeft(scoring)) {
    training.right.destroy()
    return scoring
  }
  return E.right({
    training: training.right,
    scoring: scoring.right,
    seconds: (performance.now() - start) / 1000,
  })
}

type Tested =
  | { readonly how: 'finished'; readonly loss: number; readonly accuracy: number }
  | { readonly how: 'interrupted' | 'failed' }

/** Mean loss and accuracy over the test batches, with an event a batch. */
async function* score<P, St, I extends Tensor>(
  run: TrainingRun<P, St, I>,
  { scoring }: Programs<P, St, I>,
  variables: Variables<P, St>,
): AsyncGenerator<Event, Tested, undefined> {
  let [loss, correct] = [0, 0]
  for (let number = 0; number < run.test.perPass; number++) {
    if (await isAborted(run)) return { how: 'interrupted' }
    const batch = run.test.batchAt(number)
    const weights = fromArray(batch.weights, [batch.weights.length]) as Tensor as Weights
    const scored = await scoring.run(
      variables,
      imagesOf<I>(batch, run.test.shape),
      labelsOf(batch),
      weights,
    )()
    if (E.isLeft(scored)) {
      yield scored
      return { how: 'failed' }
    }
    loss += scalarOf(scored.right.loss)
    correct += scalarOf(scored.right.correct)
    const done = Math.min((number + 1) * run.test.shape[0], run.testImages)
    yield E.right({ _tag: 'evaluate', done, total: run.testImages })
  }
  return { how: 'finished', loss: loss / run.testImages, accuracy: correct / run.testImages }
}

/** The training steps, with an event each; stops at an abort or an error. Returns how many were done. */
async function* takeSteps<P, St, I extends Tensor>(
  run: TrainingRun<P, St, I>,
  { training }: Programs<P, St, I>,
): AsyncGenerator<Event, { readonly steps: number; readonly failed: boolean }, undefined> {
  const start = performance.now()
  const batch = run.train.shape[0]
  for (let step = 0; step < run.steps; step++) {
    if (await isAborted(run)) return { steps: step, failed: false }
    const data = run.train.batchAt(step)
    const learningRate = run.schedule(step)
    const stepped = await training.step(
      imagesOf<I>(data, run.train.shape),
      labelsOf(data),
      filled(learningRate, []),
    )()
    if (E.isLeft(stepped)) {
      yield stepped
      return { steps: step, failed: true }
    }
    const loss = scalarOf(stepped.right.loss)
    if (!Number.isFinite(loss)) {
      yield E.left(
        valueError({
          where: `training step ${step + 1}`,
          expected: 'a finite loss',
          found: String(loss),
          hint: 'lower the learning rate, or clip the gradient',
        }),
      )
      return { steps: step, failed: true }
    }
    const seconds = (performance.now() - start) / 1000
    yield E.right({
      _tag: 'step',
      step: step + 1,
      steps: run.steps,
      loss,
      learningRate,
      imagesPerSecond: ((step + 1) * batch) / seconds,
      secondsLeft: (seconds / (step + 1)) * (run.steps - step - 1),
      gradientNorm: scalarOf(stepped.right.gradientNorm),
    })
  }
  return { steps: run.steps, failed: false }
}

/** Trains, then tests. Yields events; an error is yielded as a Left and ends the run. */
export async function* trainClassifier<P, St, I extends Tensor>(
  run: TrainingRun<P, St, I>,
): AsyncGenerator<Event, void, undefined> {
  const begin = performance.now()
  const sinceBegin = (): number => (performance.now() - begin) / 1000
  const state = settle(initialState(run.model, run.optimiser, keyFromSeed(run.seed)))
  if (E.isLeft(state)) return yield state
  const programs = await compileAll(run, state.right)
  if (E.isLeft(programs)) return yield programs
  const { training, scoring, seconds } = programs.right
  try {
    const written = training.write(state.right)
    if (E.isLeft(written)) return yield written
    yield E.right({
      _tag: 'start',
      device: run.device.description,
      parameters: countParameters(run.model),
      flopsPerImage: scoring.facts.flops / run.test.shape[0],
      peakBytes: training.facts.peakBytes,
      launchesPerStep: training.facts.launches,
      trainImages: run.trainImages,
      testImages: run.testImages,
      steps: run.steps,
      batch: run.train.shape[0],
      seed: run.seed,
    })
    yield E.right({ _tag: 'compile', what: 'training step and test', seconds })
    const trainBegin = performance.now()
    const trained = yield* takeSteps(run, programs.right)
    if (trained.failed) return
    const trainSeconds = (performance.now() - trainBegin) / 1000
    const final = await training.read()
    if (E.isLeft(final)) return yield final
    const tested = yield* score(run, programs.right, final.right.variables)
    if (tested.how === 'failed') return
    yield E.right({
      _tag: 'end',
      testAccuracy: tested.how === 'finished' ? tested.accuracy : null,
      testLoss: tested.how === 'finished' ? tested.loss : null,
      seconds: sinceBegin(),
      trainSeconds,
      kernelSeconds: training.times().kernelMs / 1000,
      stopped: tested.how,
      device: run.device.description,
      steps: trained.steps,
    })
  } finally {
    training.destroy()
    scoring.destroy()
  }
}
