/** Options of the benchmarks: parsed, checked, and printed as help. */
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { optionError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import { nearestName } from '../nearest-name.js'
import type { DeviceChoice } from '../options.js'
import { deviceChoices } from '../options.js'
import type { BenchCase } from './cases.js'
import { benchCases } from './cases.js'

export interface BenchOptions {
  readonly json: boolean
  /** The cases to run, in the order of the table. */
  readonly cases: readonly BenchCase[]
  /** Null for as many as the machine has. */
  readonly threads: number | null
  readonly device: DeviceChoice
  readonly help: boolean
}

type Parsed<A> = E.Either<TensorError, A>

const MOST_THREADS = 256
const seeHelp = 'run with --help for all options'

const refuse = (where: string, expected: string, found: string, hint = seeHelp): Parsed<never> =>
  E.left(optionError({ where, expected, found, hint }))

const orSeeHelp = (meant: string | null, prefix = ''): string =>
  meant === null ? seeHelp : `did you mean ${prefix}${meant}?`

const parseCases = (text: string): Parsed<readonly BenchCase[]> => {
  const wanted = text.split(',')
  const names = benchCases.map(({ name }) => name)
  const unknown = wanted.find((name) => !names.includes(name))
  return unknown === undefined
    ? E.right(benchCases.filter(({ name }) => wanted.includes(name)))
    : refuse(
        '--only',
        'names of cases, separated by commas',
        `'${unknown}'`,
        orSeeHelp(nearestName(unknown, names)),
      )
}

const parseThreads = (text: string): Parsed<number> => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return value >= 1 && value <= MOST_THREADS
    ? E.right(value)
    : refuse('--threads', `an integer from 1 to ${MOST_THREADS}`, `'${text}'`)
}

const parseDevice = (text: string): Parsed<DeviceChoice> => {
  const choice = deviceChoices.find((known) => known === text)
  return choice === undefined
    ? refuse(
        '--device',
        `one of ${deviceChoices.join(', ')}`,
        `'${text}'`,
        orSeeHelp(nearestName(text, deviceChoices)),
      )
    : E.right(choice)
}

interface Option {
  /** What stands for the argument in the help; a flag without one takes none. */
  readonly argument?: string
  readonly expected: string
  readonly doc: string
  readonly set: (options: BenchOptions, text: string) => Parsed<BenchOptions>
}

const table: Readonly<Record<string, Option>> = {
  json: {
    expected: 'no argument',
    doc: 'print one JSON object a line',
    set: (options) => E.right({ ...options, json: true }),
  },
  only: {
    argument: 'CASE,…',
    expected: 'names of cases, separated by commas',
    doc: 'the cases to run (default: all)',
    set: (options, text) =>
      E.map((cases: BenchOptions['cases']) => ({ ...options, cases }))(parseCases(text)),
  },
  threads: {
    argument: 'N',
    expected: `an integer from 1 to ${MOST_THREADS}`,
    doc: `threads that compute, 1 to ${MOST_THREADS} (default: as many as the machine has)`,
    set: (options, text) => E.map((threads: number) => ({ ...options, threads }))(parseThreads(text)),
  },
  device: {
    argument: 'NAME',
    expected: `one of ${deviceChoices.join(', ')}`,
    doc: `where to compute: one of ${deviceChoices.join(', ')} (default: auto)`,
    set: (options, text) => E.map((device: DeviceChoice) => ({ ...options, device }))(parseDevice(text)),
  },
  help: {
    expected: 'no argument',
    doc: 'print this help',
    set: (options) => E.right({ ...options, help: true }),
  },
}

const names = Object.keys(table)

const apply = (
  options: BenchOptions,
  name: string,
  rawName: string,
  text: string | undefined,
): Parsed<BenchOptions> => {
  const option = names.includes(name) ? table[name] : undefined
  if (option === undefined)
    return refuse(rawName, 'a known option', 'none of that name', orSeeHelp(nearestName(name, names), '--'))
  if (option.argument === undefined && text !== undefined)
    return refuse(rawName, option.expected, `'${text}'`)
  if (option.argument !== undefined && text === undefined) return refuse(rawName, option.expected, 'nothing')
  return option.set(options, text ?? '')
}

/**
 * Parses the arguments after the program's name. An option given twice counts the last time.
 *
 * @returns the options, or one `OptionError` for the first mistake
 */
export const parseBenchOptions = (argv: readonly string[]): Parsed<BenchOptions> => {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      names.map((name) => [
        name,
        {
          type: table[name]?.argument === undefined ? ('boolean' as const) : ('string' as const),
          ...(name === 'help' ? { short: 'h' } : {}),
        },
      ]),
    ),
  })
  let options: Parsed<BenchOptions> = E.right({
    json: false,
    cases: benchCases,
    threads: null,
    device: 'auto',
    help: false,
  })
  for (const token of tokens) {
    if (E.isLeft(options)) return options
    if (token.kind === 'positional') return refuse('arguments', 'options only', `'${token.value}'`)
    if (token.kind === 'option') options = apply(options.right, token.name, token.rawName, token.value)
  }
  return options
}

/** The text of `--help`. */
export const benchHelp = (): string =>
  [
    'Times operations, models and compilation, as the same cases of other libraries are timed.',
    '',
    'Usage: npm run bench -- [options]',
    '',
    ...names.map((name) => {
      const { argument, doc } = table[name] ?? { doc: '' }
      return `  --${name}${argument === undefined ? '' : ` ${argument}`}`.padEnd(20) + doc
    }),
    '',
    'Cases:',
    ...benchCases.map(({ name, note }) => `  ${name}${note === undefined ? '' : ` (${note})`}`),
    '',
  ].join('\n')
