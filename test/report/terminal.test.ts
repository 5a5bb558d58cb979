import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonReporter, terminalReporter } from '../../src/report/terminal.js'
import type { Reporter, Screen } from '../../src/report/terminal.js'
import type { EndEvent, StartEvent, StepEvent, TrainingEvent } from '../../src/train/events.js'

const start: StartEvent = {
  _tag: 'start',
  device: 'webasm',
  parameters: 12_345,
  flopsPerImage: 3_140_000,
  peakBytes: 12_400_000,
  launchesPerStep: 97,
  trainImages: 60_000,
  testImages: 10_000,
  steps: 40,
  batch: 64,
  seed: 7,
}
const step = (done: number): StepEvent => ({
  _tag: 'step',
  step: done,
  steps: 40,
  loss: 2.3026 / done,
  learningRate: 0.001,
  imagesPerSecond: 812.4,
  secondsLeft: 2 * (40 - done),
  gradientNorm: 0.51234,
})
const end: EndEvent = {
  _tag: 'end',
  testAccuracy: 0.9421,
  testLoss: 0.1832,
  seconds: 95.2,
  trainSeconds: 83.4,
  kernelSeconds: 79.23,
  stopped: 'finished',
  device: 'webasm',
  steps: 40,
}
const run: readonly TrainingEvent[] = [
  start,
  { _tag: 'compile', what: 'training step', seconds: 1.24 },
  ...Array.from({ length: 40 }, (_, index) => step(index + 1)),
  ...Array.from(
    { length: 20 },
    (_, index) => ({ _tag: 'evaluate', done: 500 * (index + 1), total: 10_000 }) as const,
  ),
  end,
]

const written = (
  make: (write: (text: string) => void) => Reporter,
  events: readonly TrainingEvent[],
): string => {
  const pieces: string[] = []
  events.forEach(make((text) => pieces.push(text)))
  return pieces.join('')
}
const shown = (screen: Screen, events: readonly TrainingEvent[]) =>
  written((write) => terminalReporter(write, screen), events)

/** What a terminal shows after `text`: a carriage return starts the line again, `ESC [K` erases its rest. */
const screenLines = (text: string): readonly string[] =>
  text.split('\n').map((line) =>
    line.split('\r').reduce((shownSoFar, piece) => {
      const erases = piece.endsWith('\u001b[K')
      const plain = erases ? piece.slice(0, -3) : piece
      return plain + (erases ? '' : shownSoFar.slice(plain.length))
    }, ''),
  )

describe('terminalReporter', () => {
  it('writes sparse plain lines into a pipe', () => {
    const text = shown({ isTTY: false }, run)
    expect(Array.from(text).filter((character) => character < ' ' && character !== '\n')).toEqual([])
    expect(text.split('\n').slice(0, 10)).toEqual([
      'device      webasm',
      'model       12,345 parameters, 3.1 MFLOP an image',
      'step        97 launches, 12.4 MB at its peak',
      'data        60,000 training images, 10,000 test images',
      'run         40 steps of 64 images, seed 7',
      'compiled training step in 1.2 s',
      'step 1/40  loss 2.3026  812 images/s  1:18 left  rate 1.0e-3  gradient 0.512',
      'step 4/40  loss 0.5756  812 images/s  1:12 left  rate 1.0e-3  gradient 0.512',
      'step 8/40  loss 0.2878  812 images/s  1:04 left  rate 1.0e-3  gradient 0.512',
      'step 12/40  loss 0.1919  812 images/s  0:56 left  rate 1.0e-3  gradient 0.512',
    ])
    expect(text.split('\n').slice(-5)).toEqual([
      'test 9,000/10,000 images',
      'test 10,000/10,000 images',
      'finished 40 steps on webasm in 1:35 (training 1:23, 95.00 % of it in kernels)',
      'test accuracy 94.21 %, test loss 0.1832',
      '',
    ])
    expect(text.split('\n').length).toBe(6 + 11 + 11 + 3)
  })

  it('redraws one progress line on a terminal', () => {
    const screen = { isTTY: true, columns: 110 }
    const half = run.slice(0, 22)
    expect(screenLines(shown(screen, half)).slice(5)).toEqual([
      'compiled training step in 1.2 s',
      '████████████░░░░░░░░░░░░  step 20/40  loss 0.1151  812 images/s  0:40 left  rate 1.0e-3  gradient 0.512',
    ])
    expect(screenLines(shown(screen, run)).slice(6)).toEqual([
      '████████████████████████  step 40/40  loss 0.0576  812 images/s  0:00 left  rate 1.0e-3  gradient 0.512',
      '████████████████████████  test 10,000/10,000 images',
      'finished 40 steps on webasm in 1:35 (training 1:23, 95.00 % of it in kernels)',
      'test accuracy 94.21 %, test loss 0.1832',
      '',
    ])
  })

  it('never fills a line, however narrow, and drops the last fields first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (columns) => {
        const lines = screenLines(shown({ isTTY: true, columns }, run.slice(1, 30)))
        expect(lines.at(-1)?.length ?? 0).toBeLessThan(columns)
      }),
    )
    const last = (columns: number) => screenLines(shown({ isTTY: true, columns }, [step(20)]))[0]
    expect(last(60)).toBe('████░░░░░  step 20/40  loss 0.1151  812 images/s  0:40 left')
    expect(last(50)).toBe('step 20/40  loss 0.1151  812 images/s  0:40 left')
    expect(last(24)).toBe('step 20/40  loss 0.1151')
    expect(last(8)).toBe('step 20')
  })

  it('keeps the progress of an interrupted run and says how far it came', () => {
    const interrupted = {
      ...end,
      testAccuracy: null,
      testLoss: null,
      stopped: 'interrupted',
      steps: 3,
    } as const
    const events = [start, step(1), step(2), step(3), interrupted]
    expect(screenLines(shown({ isTTY: true, columns: 40 }, events)).slice(5)).toEqual([
      'step 3/40  loss 0.7675  812 images/s',
      'interrupted after 3 of 40 steps on webasm in 1:35 (training 1:23, 95.00 % of it in kernels)',
      'not tested',
      '',
    ])
    expect(shown({}, [start, interrupted])).toContain('\ninterrupted after 3 of 40 steps')
  })

  it('shows a diverged loss', () => {
    expect(shown({}, [{ ...step(1), loss: NaN, gradientNorm: Infinity }])).toContain('loss NaN')
  })
})

describe('jsonReporter', () => {
  it('writes one event a line, which reads back as it was', () => {
    const lines = written(jsonReporter, run).split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(run)
    expect(lines.at(-1)).toContain('"testAccuracy":0.9421')
  })

  it('does not turn NaN into null', () => {
    const text = written(jsonReporter, [{ ...step(1), loss: NaN, gradientNorm: Infinity }])
    expect(JSON.parse(text)).toMatchObject({ loss: 'NaN', gradientNorm: 'Infinity' })
  })
})
