import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Vit } from '../../models/vit/index.js'
import type { TensorError } from '../../src/error/error.js'
import { deviceError, renderError } from '../../src/error/error.js'
import { countParameters } from '../../src/nn/count.js'
import type { ParamsOf, StateOf } from '../../src/nn/model.js'
import { openDevice } from '../../src/run/open-device.js'
import { referenceDevice } from '../../src/run/reference-device.js'
import { adamw } from '../../src/train/adamw.js'
import type { EndEvent, StepEvent, TrainingEvent } from '../../src/train/events.js'
import type { TrainingRun } from '../../src/train/loop.js'
import { trainClassifier } from '../../src/train/loop.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'
import { testSet, tinyVit, trainingSet } from '../support/tiny-vit.js'
import { watchedDevice } from '../support/watched-device.js'
import type { Occasion } from '../support/watched-device.js'

type Event = E.Either<TensorError, TrainingEvent>
type Run = TrainingRun<ParamsOf<Vit>, StateOf<Vit>, Vit['input']>

const runOf = (changed: Partial<Run> = {}): Run => ({
  model: tinyVit(),
  device: referenceDevice,
  optimiser: adamw(),
  smoothing: 0.1,
  clip: 1,
  train: trainingSet(4),
  test: testSet(4, 10),
  trainImages: 24,
  testImages: 10,
  steps: 3,
  seed: 7,
  schedule: (step) => 0.01 / (step + 1),
  ...changed,
})

/** All events; `seen` is told each as it comes, while the run waits. */
const eventsOf = async (
  run: Run,
  seen: (event: TrainingEvent) => void = () => undefined,
): Promise<readonly Event[]> => {
  const events: Event[] = []
  for await (const event of trainClassifier(run)) {
    events.push(event)
    if (E.isRight(event)) seen(event.right)
  }
  return events
}

const successes = async (
  run: Run,
  seen?: (event: TrainingEvent) => void,
): Promise<readonly TrainingEvent[]> => (await eventsOf(run, seen)).map(expectRight)

const tags = (events: readonly Event[]): string =>
  events.map((event) => (E.isLeft(event) ? 'error' : event.right._tag)).join(' ')
const stepsOf = (events: readonly TrainingEvent[]): readonly StepEvent[] =>
  events.flatMap((event) => (event._tag === 'step' ? [event] : []))
const lossesOf = (events: readonly TrainingEvent[]): readonly number[] =>
  stepsOf(events).map(({ loss }) => loss)
const lastOf = (events: readonly Event[]): Event => {
  const last = events.at(-1)
  if (last === undefined) throw new Error('there are no events')
  return last
}
const endOf = (events: readonly TrainingEvent[]): EndEvent => {
  const last = events.at(-1)
  if (last?._tag !== 'end') throw new Error(`the last event is ${last?._tag ?? 'missing'}`)
  return last
}

describe('trainClassifier', () => {
  it('tells of the start, compilation, every step, every test batch and the end, in this order', async () => {
    const device = expectRight(await openDevice('cpu')())
    const { held, device: watched } = watchedDevice(device)
    const run = runOf({ device: watched })
    const events = await eventsOf(run)
    expect(tags(events)).toBe('start compile step step step evaluate evaluate evaluate end')
    const told = events.map(expectRight)
    const [start] = told
    expect(start).toMatchObject({
      device: device.description,
      parameters: countParameters(run.model),
      trainImages: 24,
      testImages: 10,
      steps: 3,
      batch: 4,
      seed: 7,
    })
    if (start?._tag !== 'start') throw new Error('no start')
    for (const count of [start.flopsPerImage, start.peakBytes, start.launchesPerStep])
      expect(count).toBeGreaterThan(0)
    stepsOf(told).forEach((event, i) => {
      expect(event).toMatchObject({ step: i + 1, steps: 3, learningRate: 0.01 / (i + 1) })
      for (const value of [event.loss, event.gradientNorm, event.imagesPerSecond])
        expect(value).toBeGreaterThan(0)
    })
    expect(stepsOf(told).at(-1)?.secondsLeft).toBe(0)
    expect(told.flatMap((event) => (event._tag === 'evaluate' ? [[event.done, event.total]] : []))).toEqual([
      [4, 10],
      [8, 10],
      [10, 10],
    ])
    const end = endOf(told)
    expect(end).toMatchObject({ stopped: 'finished', steps: 3, device: device.description })
    expect(end.kernelSeconds).toBeGreaterThan(0)
    expect(end.trainSeconds).toBeGreaterThanOrEqual(end.kernelSeconds)
    expect(end.seconds).toBeGreaterThan(end.trainSeconds)
    expect(Array.from({ length: 11 }, (_, right) => right / 10)).toContain(end.testAccuracy)
    expect(held()).toBe(0)
    await device.destroy()
  })

  it('learns: on images that are easily told apart the loss falls and most of the test is right', async () => {
    const events = await successes(
      runOf({ steps: 60, schedule: () => 0.03, smoothing: 0, train: trainingSet(6) }),
    )
    const losses = lossesOf(events)
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0))
    expect(endOf(events).testAccuracy).toBeGreaterThan(0.8)
  })

  it('counts the parameters that are trained, not the constants among them', async () => {
    const model = tinyVit()
    expect(countParameters(model, 'all')).toBeGreaterThan(countParameters(model))
    const [start] = await successes(runOf({ model, steps: 1 }))
    expect(start).toMatchObject({ _tag: 'start', parameters: countParameters(model) })
  })

  it('repeats itself for the same seed, and not for another', async () => {
    const model = tinyVit({ dropPath: 0.5 })
    const losses = async (seed: number): Promise<readonly number[]> =>
      lossesOf(await successes(runOf({ model, seed })))
    const first = await losses(7)
    expect(await losses(7)).toEqual(first)
    const other = await losses(8)
    first.forEach((loss, i) => expect(other[i]).not.toBe(loss))
  })

  it('weighs out the padding of the last test batch', async () => {
    const score = async (batch: number): Promise<EndEvent> =>
      endOf(await successes(runOf({ test: testSet(batch, 7), testImages: 7 })))
    const whole = await score(7)
    for (const batch of [1, 4, 9]) {
      const { testAccuracy, testLoss } = await score(batch)
      expect(testAccuracy).toBe(whole.testAccuracy)
      expect(testLoss).toBeCloseTo(whole.testLoss ?? NaN, 5)
    }
  })
})

describe('an abort', () => {
  const aborting = async (
    when: (event: TrainingEvent) => boolean,
    changed: Partial<Run> = {},
  ): Promise<readonly TrainingEvent[]> => {
    const controller = new AbortController()
    return successes(runOf({ steps: 5, signal: controller.signal, ...changed }), (event) => {
      if (when(event)) controller.abort()
    })
  }

  it('ends the run after the step that is done', async () => {
    const events = await aborting((event) => event._tag === 'step' && event.step === 2)
    expect(tags(events.map(E.right))).toBe('start compile step step end')
    expect(endOf(events)).toMatchObject({
      stopped: 'interrupted',
      steps: 2,
      testAccuracy: null,
      testLoss: null,
    })
  })

  it('lets the step under way finish', async () => {
    const controller = new AbortController()
    const { device } = watchedDevice(referenceDevice, ({ verb, before }) => {
      if (verb === 'run' && before === 1) controller.abort()
      return null
    })
    const events = await successes(runOf({ device, steps: 5, signal: controller.signal }))
    expect(tags(events.map(E.right))).toBe('start compile step step end')
    expect(endOf(events)).toMatchObject({ stopped: 'interrupted', steps: 2 })
  })

  it('before the first step leaves none', async () => {
    const events = await aborting((event) => event._tag === 'start')
    expect(tags(events.map(E.right))).toBe('start compile end')
    expect(endOf(events)).toMatchObject({ stopped: 'interrupted', steps: 0 })
  })

  it('during the test ends it without a score', async () => {
    const events = await aborting((event) => event._tag === 'evaluate', { steps: 1 })
    expect(tags(events.map(E.right))).toBe('start compile step evaluate end')
    expect(endOf(events)).toMatchObject({
      stopped: 'interrupted',
      steps: 1,
      testAccuracy: null,
      testLoss: null,
    })
  })

  it('after the last test batch comes too late to change anything', async () => {
    const events = await aborting((event) => event._tag === 'evaluate' && event.done === event.total, {
      steps: 1,
    })
    expect(endOf(events)).toMatchObject({ stopped: 'finished', steps: 1 })
    expect(endOf(events).testAccuracy).not.toBeNull()
  })

  it('from elsewhere is heard on a device that computes on this thread', async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 100)
    const events = await successes(runOf({ steps: 2000, signal: controller.signal }))
    expect(endOf(events).stopped).toBe('interrupted')
    expect(endOf(events).steps).toBeLessThan(1000)
  })

  it('by who iterates frees what the device holds', async () => {
    const { device, held } = watchedDevice(referenceDevice)
    for await (const event of trainClassifier(runOf({ device }))) {
      expect(held()).toBe(2)
      if (expectRight(event)._tag === 'step') break
    }
    expect(held()).toBe(0)
  })
})

describe('errors', () => {
  it('a loss that is no number ends the run', async () => {
    const events = await eventsOf(runOf({ schedule: () => NaN }))
    expect(tags(events)).toBe('start compile step error')
    expect(renderError(expectLeft(lastOf(events)))).toBe(
      'ValueError in training step 2: expected a finite loss, found NaN.\n  hint: lower the learning rate, or clip the gradient',
    )
  })

  const failure = deviceError({ where: 'test', expected: 'luck', found: 'none', hint: 'try again' })
  const cases: readonly (readonly [string, string, (occasion: Occasion) => boolean])[] = [
    ['loading the training step', 'error', ({ verb, graph }) => verb === 'load' && graph === 0],
    ['loading the test', 'error', ({ verb, graph }) => verb === 'load' && graph === 1],
    [
      'the second step',
      'start compile step error',
      ({ verb, graph, before }) => verb === 'run' && graph === 0 && before === 1,
    ],
    ['reading a loss', 'start compile error', ({ verb, graph }) => verb === 'read' && graph === 0],
    // Two numbers are read after each of the three steps; the parameters come next.
    [
      'reading the parameters',
      'start compile step step step error',
      ({ verb, graph, before }) => verb === 'read' && graph === 0 && before === 6,
    ],
    [
      'the second test batch',
      'start compile step step step evaluate error',
      ({ verb, graph, before }) => verb === 'run' && graph === 1 && before === 1,
    ],
  ]
  it.each(cases)('in %s is the last event', async (_, expected, isThere) => {
    const { device, held } = watchedDevice(referenceDevice, (occasion) =>
      isThere(occasion) ? failure : null,
    )
    const events = await eventsOf(runOf({ device }))
    expect(tags(events)).toBe(expected)
    expect(events.at(-1)).toEqual(E.left(failure))
    expect(held()).toBe(0)
  })

  it('of the test is the last event of a run that is being interrupted, too', async () => {
    const controller = new AbortController()
    const { device } = watchedDevice(referenceDevice, ({ verb, graph }) => {
      if (verb !== 'run' || graph !== 1) return null
      controller.abort()
      return failure
    })
    const events = await eventsOf(runOf({ device, signal: controller.signal }))
    expect(tags(events)).toBe('start compile step step step error')
  })
})
