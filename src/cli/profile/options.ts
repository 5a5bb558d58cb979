/** Options of the profile: one case, threads, and whether to print JSON. */
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { optionError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import type { BenchCase } from '../bench/cases.js'
import { benchCases } from '../bench/cases.js'
import { nearestName } from '../nearest-name.js'

export interface ProfileArguments {
  /** Null where only help is asked for. */
  readonly benchCase: BenchCase | null
  readonly json: boolean
  /** Null for as many as the machine has. */
  readonly threads: number | null
}

const MOST_THREADS = 256
const SEE_HELP = 'run with --help for usage and cases'
const FLAGS = ['json', 'threads', 'help']

const refuse = (where: string, expected: string, found: string, meant: string | null) =>
  E.left(optionError({ where, expected, found, hint: meant === null ? SEE_HELP : `did you mean ${meant}?` }))

/**
 * Parses the arguments after the program's name.
 *
 * @returns the arguments, or one `OptionError` for a mistake
 */
export const parseProfileOptions = (argv: readonly string[]): E.Either<TensorError, ProfileArguments> => {
  const { values, positionals } = parseArgs({
    args: [...argv],
    strict: false,
    options: {
      json: { type: 'boolean' },
      threads: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const strange = Object.keys(values).find((name) => !FLAGS.includes(name))
  if (strange !== undefined) {
    const meant = nearestName(strange, FLAGS)
    return refuse(`--${strange}`, 'a known option', 'none of that name', meant === null ? null : `--${meant}`)
  }
  const { json, threads, help } = values
  const count = typeof threads === 'string' && /^\d+$/.test(threads) ? Number(threads) : Number.NaN
  if (threads !== undefined && !(count >= 1 && count <= MOST_THREADS))
    return refuse('--threads', `an integer from 1 to ${MOST_THREADS}`, `'${threads}'`, null)
  const common = { json: json === true, threads: threads === undefined ? null : count }
  if (help === true) return E.right({ benchCase: null, ...common })
  const [name = '', more] = positionals
  const found = benchCases.find((benchCase) => benchCase.name === name)
  if (more !== undefined) return refuse('arguments', 'one case', `'${more}'`, null)
  if (found !== undefined) return E.right({ benchCase: found, ...common })
  const names = benchCases.map((benchCase) => benchCase.name)
  return refuse('CASE', 'the name of a case', `'${name}'`, name === '' ? null : nearestName(name, names))
}

/** The text of `--help`. */
export const profileHelp = (): string =>
  [
    'Shows where the time of a case goes on simd, kernel by kernel, against what the machine can do.',
    '',
    'Usage: npm run profile -- CASE [--threads N] [--json]',
    '',
    'Cases:',
    ...benchCases.map(({ name }) => `  ${name}`),
    '',
  ].join('\n')
