/** The goldens: every golden file of a folder computed on a device, as a row of a table or a line of JSON. */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TensorError } from '../error/error.js'
import { renderError } from '../error/error.js'
import { readBytes } from '../io/node/index.js'
import type { GoldenLine } from '../report/goldens.js'
import { goldenFoot, goldenHead, goldenJson, goldenRow } from '../report/goldens.js'
import type { Device } from '../run/device.js'
import { openDevice } from '../run/open-device.js'
import { filesOf } from './folder.js'
import { decodeGolden, goldenEnding } from './goldens/decode-golden.js'
import { failedLine, resultLine } from './goldens/line.js'
import type { GoldenOptions } from './goldens/options.js'
import { goldenHelp, parseGoldenOptions } from './goldens/options.js'
import { runGolden } from './goldens/run-golden.js'

const EXIT_FAILURE = 1
const EXIT_USAGE = 2

const complain = (error: TensorError, code: number): number => {
  process.stderr.write(`${renderError(error)}\n`)
  return code
}

const runFile = async (device: Device, path: string): Promise<GoldenLine> => {
  const result = await pipe(
    readBytes(path, 'the file must be readable'),
    TE.chainEitherK(decodeGolden(path)),
    TE.chain((golden) => runGolden(device, golden)),
  )()
  return E.isLeft(result) ? failedLine(path, device.name, result.left) : resultLine(device.name, result.right)
}

const runFiles = async (device: Device, paths: readonly string[], json: boolean): Promise<number> => {
  const lines: GoldenLine[] = []
  if (!json) process.stdout.write(goldenHead(device.description))
  for (const path of paths) {
    const line = await runFile(device, path)
    lines.push(line)
    process.stdout.write(json ? goldenJson(line) : goldenRow(line))
  }
  if (!json) process.stdout.write(goldenFoot(lines))
  return lines.every(({ ok }) => ok) ? 0 : EXIT_FAILURE
}

/** Computes the files one after another, and prints each as soon as it is done. */
const runFolder = async ({ folder, device: name, json }: GoldenOptions): Promise<number> => {
  const paths = await filesOf(folder, goldenEnding)()
  if (E.isLeft(paths)) return complain(paths.left, EXIT_FAILURE)
  const opened = await openDevice(name)()
  if (E.isLeft(opened)) return complain(opened.left, EXIT_FAILURE)
  // Whoever read us has gone (`| head`): nothing is left to compute for.
  process.stdout.on('error', () => process.exit(EXIT_FAILURE))
  const code = await runFiles(opened.right, paths.right, json)
  await opened.right.destroy()
  return code
}

const main = async (argv: readonly string[]): Promise<number> => {
  const options = parseGoldenOptions(argv)
  if (E.isLeft(options)) return complain(options.left, EXIT_USAGE)
  if (!options.right.help) return runFolder(options.right)
  process.stdout.write(goldenHelp())
  return 0
}

process.exitCode = await main(process.argv.slice(2))
