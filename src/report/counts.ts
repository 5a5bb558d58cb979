/** Parameter counts of recipes: one JSON object a line for programs, or a table for a person. */
import type { TensorError } from '../error/error.js'
import { countText } from './quantity.js'

/** The counts of one recipe. */
export interface CountLine {
  readonly file: string
  /** Whether the model has as many parameters as the recipe says. */
  readonly ok: boolean
  readonly name?: string
  readonly kind?: string
  readonly table?: number
  readonly row?: string
  readonly dataset?: string
  /** Parameters that our model learns; null where it cannot be made. */
  readonly parameters: number | null
  /** What the recipe says. */
  readonly stored?: number
  /** What the paper prints, and whether it is ours, rounded or cut off; null where it prints nothing. */
  readonly paper?: string | null
  readonly agrees?: boolean | null
  readonly error?: TensorError
}

/** The line as JSON, with its line break. */
export const countJson = (line: CountLine): string => `${JSON.stringify(line)}\n`

type Column = readonly [title: string, width: number, text: (line: CountLine) => string]

const agreement = ({ agrees }: CountLine): string => {
  if (agrees === undefined || agrees === null) return ''
  return agrees ? 'agrees' : 'differs'
}

const columns: readonly Column[] = [
  ['file', -46, ({ file }) => file],
  ['kind', -7, ({ kind = '' }) => kind],
  ['table', 5, ({ table }) => (table === undefined ? '' : `${table}`)],
  ['parameters', 12, ({ parameters }) => (parameters === null ? '-' : countText(parameters))],
  ['stored', 12, ({ stored }) => (stored === undefined ? '' : countText(stored))],
  ['paper', 9, ({ paper }) => paper ?? ''],
  ['', -8, agreement],
  ['row', -26, ({ row = '' }) => row],
  ['data set', -14, ({ dataset = '' }) => dataset],
]

const rowOf = (texts: readonly string[]): string =>
  texts
    .map((text, i) => {
      const width = columns[i]?.[1] ?? 0
      return width < 0 ? text.padEnd(-width) : text.padStart(width)
    })
    .join(' ')
    .trimEnd()

/** The table's head. */
export const countHead = (): string => `${rowOf(columns.map(([title]) => title))}\n`

/** One line of the table. */
export const countRow = (line: CountLine): string => {
  const { ok, error } = line
  const why =
    error === undefined
      ? 'parameters and stored differ'
      : `expected ${error.expected}, found ${error.found}; ${error.hint}`
  const place = error === undefined ? '' : ` ${error._tag} in ${error.where}:`
  return `${rowOf(columns.map(([, , text]) => text(line)))}${ok ? '' : `  FAILED${place} ${why}`}\n`
}

/** The table's end. */
export const countFoot = (lines: readonly CountLine[]): string => {
  const failed = lines.filter(({ ok }) => !ok).length
  const printed = lines.filter(({ agrees }) => typeof agrees === 'boolean')
  const agreeing = printed.filter(({ agrees }) => agrees === true).length
  return (
    `\n${lines.length} recipes, ${failed === 0 ? 'all as stored' : `${failed} FAILED`}; ` +
    `the paper's figure is ours in ${agreeing} of ${printed.length}\n`
  )
}
