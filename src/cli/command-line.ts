/** Command lines of the smaller commands: one table of options that is read, checked and printed as help. */
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { optionError } from '../error/error.js'
import type { TensorError } from '../error/error.js'
import { nearestName } from './nearest-name.js'

export interface CommandOption {
  /** What stands for the argument in the help; a flag without one takes none. */
  readonly argument?: string
  /** The values that the argument may have; any text unless stated. */
  readonly choices?: readonly string[]
  readonly short?: string
  readonly doc: string
}

export type CommandOptions = Readonly<Record<string, CommandOption>>

/** What was given: the argument of each option (a flag's is empty), and everything that is no option. */
export interface CommandLine {
  readonly options: Readonly<Record<string, string>>
  readonly operands: readonly string[]
}

const seeHelp = 'run with --help for all options'

const refuse = (where: string, expected: string, found: string, hint: string): E.Either<TensorError, never> =>
  E.left(optionError({ where, expected, found, hint }))

const didYouMean = (meant: string | null, prefix = ''): string =>
  meant === null ? seeHelp : `did you mean ${prefix}${meant}?`

const checkArgument = (
  where: string,
  { argument, choices }: CommandOption,
  text: string | undefined,
): E.Either<TensorError, string> => {
  if (argument === undefined)
    return text === undefined ? E.right('') : refuse(where, 'no argument', `'${text}'`, seeHelp)
  const expected = choices === undefined ? argument : `one of ${choices.join(', ')}`
  if (text === undefined) return refuse(where, expected, 'nothing', seeHelp)
  return choices === undefined || choices.includes(text)
    ? E.right(text)
    : refuse(where, expected, `'${text}'`, didYouMean(nearestName(text, choices)))
}

/**
 * Reads the arguments after the program's name. An option given twice counts the last time.
 *
 * @returns what was given, or one `OptionError` for the first mistake
 */
export const readCommandLine =
  (table: CommandOptions) =>
  (argv: readonly string[]): E.Either<TensorError, CommandLine> => {
    const names = Object.keys(table)
    const { tokens } = parseArgs({
      args: [...argv],
      strict: false,
      tokens: true,
      options: Object.fromEntries(
        Object.entries(table).map(([name, { argument, short }]) => [
          name,
          {
            type: argument === undefined ? ('boolean' as const) : ('string' as const),
            ...(short === undefined ? {} : { short }),
          },
        ]),
      ),
    })
    const options: Record<string, string> = {}
    const operands: string[] = []
    for (const token of tokens) {
      if (token.kind === 'positional') operands.push(token.value)
      if (token.kind !== 'option') continue
      const known = names.includes(token.name) ? table[token.name] : undefined
      if (known === undefined)
        return refuse(
          token.rawName,
          'a known option',
          'none of that name',
          didYouMean(nearestName(token.name, names), '--'),
        )
      const checked = checkArgument(token.rawName, known, token.value)
      if (E.isLeft(checked)) return checked
      options[token.name] = checked.right
    }
    return E.right({ options, operands })
  }

/** The lines of a help text that say what each option does. */
export const optionLines = (table: CommandOptions): readonly string[] =>
  Object.entries(table).map(([name, { argument, short, doc }]) => {
    const usage = `${short === undefined ? '    ' : `-${short}, `}--${name}${argument === undefined ? '' : ` ${argument}`}`
    return `  ${usage.padEnd(24)}${doc}`
  })
