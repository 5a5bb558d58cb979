/** Options of the goldens: parsed, checked, and printed as help. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { optionError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import type { CommandOptions } from '../command-line.js'
import { optionLines, readCommandLine } from '../command-line.js'
import type { DeviceChoice } from '../options.js'
import { deviceChoices } from '../options.js'

export interface GoldenOptions {
  /** The folder with the files; empty where only help is wanted. */
  readonly folder: string
  readonly device: DeviceChoice
  readonly json: boolean
  readonly help: boolean
}

const table: CommandOptions = {
  device: {
    argument: 'NAME',
    choices: deviceChoices,
    doc: `where to compute: one of ${deviceChoices.join(', ')} (default: auto)`,
  },
  json: { doc: 'print one JSON object a file' },
  help: { short: 'h', doc: 'print this help' },
}

/** Parses the arguments after the program's name, or returns one `OptionError` for the first mistake. */
export const parseGoldenOptions = (argv: readonly string[]): E.Either<TensorError, GoldenOptions> =>
  pipe(
    argv,
    readCommandLine(table),
    E.chain(({ options, operands }) => {
      const [folder = '', ...others] = operands
      const help = 'help' in options
      const device = deviceChoices.find((choice) => choice === options['device']) ?? 'auto'
      return help || (folder !== '' && others.length === 0)
        ? E.right({ folder, device, json: 'json' in options, help })
        : E.left(
            optionError({
              where: 'arguments',
              expected: 'the path of one folder',
              found: operands.length === 0 ? 'none' : operands.map((operand) => `'${operand}'`).join(' '),
              hint: 'npm run goldens -- DIR [--device NAME] [--json]',
            }),
          )
    }),
  )

/** The text of `--help`. */
export const goldenHelp = (): string =>
  [
    'Computes the golden files of a folder: outputs and gradients of reference code, and how far ours are from them.',
    '',
    'Usage: npm run goldens -- DIR [options]',
    '',
    ...optionLines(table),
    '',
    'Ends with 1 where a file fails (an unknown configuration does), with 2 where the arguments are wrong.',
    '',
  ].join('\n')
