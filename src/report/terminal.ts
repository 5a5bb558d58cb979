/**
 * Training events as text for a person. On a terminal a progress line is redrawn in place; in a pipe a
 * tenth of the way is worth a line. `terminalText` is a pure fold; `terminalReporter` holds its state.
 */
import type { EndEvent, EvaluateEvent, StartEvent, StepEvent, TrainingEvent } from '../train/events.js'
import { clockText, countText, durationText, percentText, prefixedText, rateText } from './quantity.js'

/** Where events go. */
export type Reporter = (event: TrainingEvent) => void

/** What must be known of the output; `process.stdout` is one, and tells of a resized window by itself. */
export interface Screen {
  readonly isTTY?: boolean | undefined
  /** Characters a line. */
  readonly columns?: number | undefined
}

/** What the next event's text depends on. */
interface TerminalState {
  /** A progress line stands without its line break. */
  readonly lineOpen: boolean
  /** Tenths of the way that a pipe has been told of, for steps and for the test. */
  readonly told: { readonly step: number; readonly evaluate: number }
  readonly steps: number
}

const initialTerminalState: TerminalState = {
  lineOpen: false,
  told: { step: -1, evaluate: -1 },
  steps: 0,
}

const barWidth = 24
const narrowestBar = 8

const bar = (fraction: number, width: number): string => {
  const full = Math.min(width, Math.max(0, Math.floor(fraction * width)))
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`
}

/** A bar and as many of the fields as the line has room for: the bar shrinks first, then the last fields go. */
const progressLine = (fraction: number, fields: readonly string[], columns: number): string => {
  const text = fields.join('  ')
  const room = columns - text.length - 2
  if (room >= narrowestBar) return `${bar(fraction, Math.min(barWidth, room))}  ${text}`
  if (text.length <= columns) return text
  return fields.length > 1
    ? progressLine(fraction, fields.slice(0, -1), columns)
    : text.slice(0, Math.max(0, columns))
}

const stepFields = (event: StepEvent): readonly string[] => [
  `step ${countText(event.step)}/${countText(event.steps)}`,
  `loss ${event.loss.toFixed(4)}`,
  `${rateText(event.imagesPerSecond)} images/s`,
  `${clockText(event.secondsLeft)} left`,
  `rate ${event.learningRate.toExponential(1)}`,
  `gradient ${event.gradientNorm.toPrecision(3)}`,
]

const evaluateFields = (event: EvaluateEvent): readonly string[] => [
  `test ${countText(event.done)}/${countText(event.total)} images`,
]

const startText = (event: StartEvent): string =>
  [
    `device      ${event.device}`,
    `model       ${countText(event.parameters)} parameters, ${prefixedText(event.flopsPerImage, 'FLOP')} an image`,
    `step        ${countText(event.launchesPerStep)} launches, ${prefixedText(event.peakBytes, 'B')} at its peak`,
    `data        ${countText(event.trainImages)} training images, ${countText(event.testImages)} test images`,
    `run         ${countText(event.steps)} steps of ${countText(event.batch)} images, seed ${event.seed}`,
    '',
  ].join('\n')

const endText = (event: EndEvent, steps: number): string => {
  const how =
    event.stopped === 'finished'
      ? `finished ${countText(event.steps)} steps`
      : `interrupted after ${countText(event.steps)} of ${countText(Math.max(steps, event.steps))} steps`
  const test =
    event.testAccuracy === null
      ? 'not tested'
      : `test accuracy ${percentText(event.testAccuracy)}${event.testLoss === null ? '' : `, test loss ${event.testLoss.toFixed(4)}`}`
  return `${how} on ${event.device} in ${durationText(event.seconds)} (training ${durationText(event.trainSeconds)}, ${percentText(event.trainSeconds > 0 ? event.kernelSeconds / event.trainSeconds : 0)} of it in kernels)\n${test}\n`
}

type Told = readonly [state: TerminalState, text: string]

/** A finished line of text; a progress line that stands is kept above it. */
const paragraph = (state: TerminalState, text: string): Told => [
  { ...state, lineOpen: false },
  `${state.lineOpen ? '\n' : ''}${text}`,
]

const progress = (
  state: TerminalState,
  screen: Screen,
  kind: keyof TerminalState['told'],
  [done, total]: readonly [number, number],
  fields: readonly string[],
): Told => {
  const fraction = total > 0 ? done / total : 1
  const last = done >= total
  if (screen.isTTY === true) {
    // One column stays free: a full line would wrap on some terminals.
    const line = progressLine(fraction, fields, (screen.columns ?? 80) - 1)
    return [{ ...state, lineOpen: !last }, `\r${line}\u001b[K${last ? '\n' : ''}`]
  }
  const tenth = Math.floor(fraction * 10)
  if (tenth === state.told[kind]) return [state, '']
  return [{ ...state, told: { ...state.told, [kind]: tenth } }, `${fields.join('  ')}\n`]
}

/** The text of an event, and the state for the next. */
const terminalText = (state: TerminalState, event: TrainingEvent, screen: Screen): Told => {
  switch (event._tag) {
    case 'start':
      return paragraph(
        { ...initialTerminalState, lineOpen: state.lineOpen, steps: event.steps },
        startText(event),
      )
    case 'compile':
      return paragraph(state, `compiled ${event.what} in ${durationText(event.seconds)}\n`)
    case 'step':
      return progress(state, screen, 'step', [event.step, event.steps], stepFields(event))
    case 'evaluate':
      return progress(state, screen, 'evaluate', [event.done, event.total], evaluateFields(event))
    case 'end':
      return paragraph(state, endText(event, state.steps))
  }
}

/** Writes events for a person. `screen` is read anew at every event. */
export const terminalReporter = (write: (text: string) => unknown, screen: Screen): Reporter => {
  let state = initialTerminalState
  return (event) => {
    const [next, text] = terminalText(state, event, screen)
    state = next
    if (text !== '') write(text)
  }
}

/** Numbers that JSON lacks (NaN and the infinities) as text, so that a diverged loss is not read as missing. */
const jsonValue = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

/** Writes one JSON object a line for every event. */
export const jsonReporter =
  (write: (text: string) => unknown): Reporter =>
  (event) =>
    write(`${JSON.stringify(event, jsonValue)}\n`)
