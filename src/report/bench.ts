/** Benchmark results: one JSON object a line for programs, or a table for a person. */
import { countText, prefixedText, rateText } from './quantity.js'

/** The result of one case. Fields that do not apply are left out; times are in milliseconds. */
export interface BenchLine {
  readonly case: string
  /** The median; null where the case could not be run, and `error` says why. */
  readonly ms: number | null
  readonly min?: number
  readonly runs?: number
  readonly gflops?: number
  /** Images a second. */
  readonly img_s?: number
  /** Planned memory of all buffers, in units of 10⁶ bytes. */
  readonly peak_mb?: number
  readonly error?: string
  readonly peer: 'crocuta'
  readonly device: string
  /** Left out where the device has no threads of ours. */
  readonly threads?: number
  /** What differs from the same case of another library. */
  readonly note?: string
}

/** The line as JSON, with its line break. */
export const benchJson = (line: BenchLine): string => `${JSON.stringify(line)}\n`

/** Milliseconds with three digits: `0.0123`, `1.23`, `12.3`, `1,234`. */
const timeText = (ms: number): string => {
  if (ms >= 99.95) return countText(ms)
  if (ms >= 9.995) return ms.toFixed(1)
  return ms >= 0.9995 ? ms.toFixed(2) : ms.toFixed(4)
}

const columns: readonly (readonly [title: string, width: number, text: (line: BenchLine) => string])[] = [
  ['median ms', 10, ({ ms }) => (ms === null ? '-' : timeText(ms))],
  ['least ms', 10, ({ min }) => (min === undefined ? '' : timeText(min))],
  ['runs', 5, ({ runs }) => (runs === undefined ? '' : `${runs}`)],
  ['GFLOP/s', 9, ({ gflops }) => (gflops === undefined ? '' : rateText(gflops))],
  ['images/s', 9, ({ img_s: rate }) => (rate === undefined ? '' : rateText(rate))],
  ['peak', 9, ({ peak_mb: peak }) => (peak === undefined ? '' : prefixedText(peak * 1e6, 'B'))],
]

const NAME_WIDTH = 24

const row = (name: string, cells: readonly string[], after: string): string =>
  `${name.padEnd(NAME_WIDTH)}${cells.map((cell, i) => cell.padStart(columns[i]?.[1] ?? 0)).join(' ')}${after === '' ? '' : `  ${after}`}`.trimEnd() +
  '\n'

/** The table's head: the device, then the names of the columns. */
export const benchHead = (device: string): string =>
  `device  ${device}\n\n${row(
    'case',
    columns.map(([title]) => title),
    '',
  )}`

/** One row of the table. */
export const benchRow = (line: BenchLine): string =>
  row(
    line.case,
    columns.map(([, , text]) => text(line)),
    line.error ?? line.note ?? '',
  )
