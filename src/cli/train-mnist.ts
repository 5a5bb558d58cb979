/** The main job: from options to a training run on MNIST. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Vit } from '../../models/vit/index.js'
import { makeVit } from '../../models/vit/index.js'
import type { TensorError } from '../error/error.js'
import type { Batches } from '../io/batches.js'
import { evaluationBatches, trainingBatches } from '../io/batches.js'
import { takeImages } from '../io/image-set.js'
import type { ImageSplits } from '../io/mnist.js'
import { readMnist } from '../io/node/mnist.js'
import type { Device } from '../run/device.js'
import { openDevice } from '../run/open-device.js'
import { adamw } from '../train/adamw.js'
import type { TrainingEvent } from '../train/events.js'
import { trainClassifier } from '../train/loop.js'
import type { Schedule } from '../train/schedule.js'
import { warmupCosine } from '../train/schedule.js'
import { mnistConfig } from './mnist-config.js'
import type { Options } from './options.js'

/** Images scored at once, where there are as many. */
const TEST_BATCH = 200

interface Data {
  readonly train: Batches
  readonly test: Batches
  readonly trainImages: number
  readonly testImages: number
}

/** An error about what was asked for, under the name of the option that asked. */
const underOption = (flag: string) =>
  E.mapLeft((error: TensorError): TensorError =>
    error._tag === 'OptionError' ? { ...error, where: `--${flag}` } : error,
  )

const prepareData = (options: Options, { train, test }: ImageSplits): E.Either<TensorError, Data> =>
  pipe(
    E.Do,
    E.bind('images', () =>
      pipe(train, takeImages(options.trainImages ?? train.count), underOption('train-images')),
    ),
    E.bind('train', ({ images }) =>
      pipe(images, trainingBatches({ batch: options.batch, seed: options.seed }), underOption('batch')),
    ),
    E.bind('unseen', () =>
      pipe(test, takeImages(options.testImages ?? test.count), underOption('test-images')),
    ),
    E.bind('test', (prepared) =>
      evaluationBatches({
        batch: Math.min(TEST_BATCH, prepared.unseen.count),
        normalisation: prepared.train.normalisation,
      })(prepared.unseen),
    ),
    E.map((prepared) => ({
      train: prepared.train,
      test: prepared.test,
      trainImages: prepared.images.count,
      testImages: prepared.unseen.count,
    })),
  )

const prepareSchedule = ({ steps, lr }: Options): E.Either<TensorError, Schedule> =>
  warmupCosine({
    warmupSteps: Math.min(Math.ceil(steps / 10), 100),
    totalSteps: steps,
    peak: lr,
    start: lr / 100,
    floor: lr / 100,
  })

interface Prepared {
  readonly data: Data
  readonly schedule: Schedule
  readonly model: Vit
  readonly device: Device
}

/** Everything a run needs, or the first thing that is missing. The device comes last: nothing else has to be freed. */
const prepare = (options: Options): TE.TaskEither<TensorError, Prepared> =>
  pipe(
    TE.Do,
    TE.bind('schedule', () => TE.fromEither(prepareSchedule(options))),
    TE.bind('model', () => TE.fromEither(makeVit(mnistConfig))),
    TE.bind('data', () =>
      pipe(
        readMnist(options.data ?? undefined),
        TE.chainEitherK((splits) => prepareData(options, splits)),
      ),
    ),
    TE.bind('device', () => openDevice(options.device, { threads: 2 })),
  )

/** Trains and tests as the options say. An error is yielded as a Left and ends the run. */
export async function* trainMnist(
  options: Options,
  signal: AbortSignal,
): AsyncGenerator<E.Either<TensorError, TrainingEvent>, void, undefined> {
  const prepared = await prepare(options)()
  if (E.isLeft(prepared)) return yield prepared
  const { data, schedule, model, device } = prepared.right
  try {
    yield* trainClassifier({
      ...data,
      model,
      device,
      optimiser: adamw({ weightDecay: 0.05 }),
      smoothing: 0.1,
      clip: 1,
      steps: options.steps,
      seed: options.seed,
      schedule,
      signal,
    })
  } finally {
    await device.destroy()
  }
}
