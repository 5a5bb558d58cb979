/** Results of golden files: one JSON object a line for programs, or a table for a person. */
import type { TensorError } from '../error/error.js'

/** The error of one tensor: relative, and what it may be. Null stands for an infinite error. */
export interface GoldenError {
  readonly error: number | null
  readonly tolerance: number
}

/** What became of one file. */
export interface GoldenLine {
  readonly name: string
  readonly family: string | null
  readonly ok: boolean
  readonly device: string
  readonly tolerance?: { readonly outputs: number; readonly gradients: number }
  /** By the tensors' names in the file. */
  readonly outputs: Readonly<Record<string, GoldenError>>
  readonly gradients: Readonly<Record<string, GoldenError>>
  /** Tensors of the file that nothing computes. */
  readonly missing: readonly string[]
  /** Tensors that are not compared, with the reason. */
  readonly excused: Readonly<Record<string, string>>
  /** Why the file could not be computed. */
  readonly error?: TensorError
}

/** The line as JSON, with its line break. */
export const goldenJson = (line: GoldenLine): string => `${JSON.stringify(line)}\n`

const NAME_WIDTH = 44
const FAMILY_WIDTH = 10

/** The named error that is largest for its tolerance. */
const worstOf = (errors: Readonly<Record<string, GoldenError>>): readonly [string, GoldenError] | null => {
  const ratio = ({ error, tolerance }: GoldenError): number => (error ?? Infinity) / tolerance
  return Object.entries(errors).reduce<readonly [string, GoldenError] | null>(
    (sofar, next) => (sofar === null || ratio(next[1]) > ratio(sofar[1]) ? next : sofar),
    null,
  )
}

const scientific = (value: number | null): string => (value ?? Infinity).toExponential(1)

const worstText = (errors: Readonly<Record<string, GoldenError>>): string => {
  const found = worstOf(errors)
  return found === null
    ? 'none'
    : `${scientific(found[1].error)} of ${scientific(found[1].tolerance)} at ${found[0].replace(/^grad\//, '')}`
}

const remarks = ({ missing, excused }: GoldenLine): string => {
  const parts = [
    ...(missing.length > 0 ? [`not computed: ${missing.join(', ')}`] : []),
    ...Object.entries(excused).map(([name, reason]) => `${name} not compared: ${reason}`),
  ]
  return parts.length === 0 ? '' : `  (${parts.join('; ')})`
}

/** The table's head: where it is computed, and what the columns say. */
export const goldenHead = (device: string): string =>
  `device  ${device}\n\n${'file'.padEnd(NAME_WIDTH)} ${'family'.padEnd(FAMILY_WIDTH)} ${'verdict'.padEnd(8)}` +
  ' worst error, of what is allowed, and where\n'

/** One line of the table. */
export const goldenRow = (line: GoldenLine): string => {
  const { name, family, ok, error } = line
  const head = `${name.padEnd(NAME_WIDTH)} ${(family ?? '-').padEnd(FAMILY_WIDTH)} ${(ok ? 'ok' : 'FAILED').padEnd(8)}`
  if (error !== undefined)
    return `${head} ${error._tag} in ${error.where}: expected ${error.expected}, found ${error.found}; ${error.hint}\n`
  return `${head} outputs ${worstText(line.outputs)}; gradients ${worstText(line.gradients)}${remarks(line)}\n`
}

/** The table's end. */
export const goldenFoot = (lines: readonly { readonly ok: boolean }[]): string => {
  const failed = lines.filter(({ ok }) => !ok).length
  return `\n${lines.length} ${lines.length === 1 ? 'file' : 'files'}, ${failed === 0 ? 'all ok' : `${failed} FAILED`}\n`
}
