/** The counts: every recipe with the parameters of our model, those that it states, and those that the paper prints. */
import { resolve } from 'node:path'
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../error/error.js'
import { optionError, renderError } from '../error/error.js'
import { readBytes } from '../io/node/index.js'
import type { CountLine } from '../report/counts.js'
import { countFoot, countHead, countJson, countRow } from '../report/counts.js'
import type { CommandLine, CommandOptions } from './command-line.js'
import { optionLines, readCommandLine } from './command-line.js'
import { countRecipe, unreadLine } from './counts/count-recipe.js'
import { filesOf } from './folder.js'

const EXIT_FAILURE = 1
const EXIT_USAGE = 2

const recipes = resolve(import.meta.dirname, '..', '..', 'examples', 'recipes')

const table: CommandOptions = {
  json: { doc: 'print one JSON object a recipe' },
  help: { short: 'h', doc: 'print this help' },
}

const help = (): string =>
  [
    'Counts the parameters of every recipe: of our model, as the recipe states, and as the paper prints.',
    '',
    'Usage: npm run counts -- [DIR] [options]',
    '',
    '  DIR                     a folder of recipes (default: examples/recipes)',
    ...optionLines(table),
    '',
    'Ends with 1 where a recipe cannot be made or states another count, with 2 where the arguments are wrong.',
    '',
  ].join('\n')

const complain = (error: TensorError, code: number): number => {
  process.stderr.write(`${renderError(error)}\n`)
  return code
}

const countFile = async (path: string): Promise<CountLine> =>
  pipe(
    await readBytes(path, 'the file must be readable')(),
    E.match(
      (error) => unreadLine(path, error),
      (bytes) => countRecipe(path, new TextDecoder().decode(bytes)),
    ),
  )

const countFolder = async (folder: string, json: boolean): Promise<number> => {
  const paths = await filesOf(folder, '.json')()
  if (E.isLeft(paths)) return complain(paths.left, EXIT_FAILURE)
  const lines: CountLine[] = []
  if (!json) process.stdout.write(countHead())
  for (const path of paths.right) {
    const line = await countFile(path)
    lines.push(line)
    process.stdout.write(json ? countJson(line) : countRow(line))
  }
  if (!json) process.stdout.write(countFoot(lines))
  return lines.every(({ ok }) => ok) ? 0 : EXIT_FAILURE
}

const folderOf = ({ operands }: CommandLine): E.Either<TensorError, string> => {
  const [folder = recipes, ...others] = operands
  return others.length === 0 && folder !== ''
    ? E.right(folder)
    : E.left(
        optionError({
          where: 'arguments',
          expected: 'at most one folder',
          found: operands.map((operand) => `'${operand}'`).join(' '),
          hint: 'npm run counts -- [DIR] [--json]',
        }),
      )
}

const main = async (argv: readonly string[]): Promise<number> => {
  const line = readCommandLine(table)(argv)
  if (E.isLeft(line)) return complain(line.left, EXIT_USAGE)
  if ('help' in line.right.options) {
    process.stdout.write(help())
    return 0
  }
  const folder = folderOf(line.right)
  return E.isLeft(folder)
    ? complain(folder.left, EXIT_USAGE)
    : countFolder(folder.right, 'json' in line.right.options)
}

process.exitCode = await main(process.argv.slice(2))
