/** The command line: trains a Hyena 2-D vision model on MNIST, with progress, and tells its accuracy. */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { renderError } from '../error/error.js'
import { jsonReporter, terminalReporter } from '../report/terminal.js'
import type { Reporter } from '../report/terminal.js'
import { helpText, parseOptions } from './options.js'
import type { Options } from './options.js'
import { trainMnist } from './train-mnist.js'

const EXIT_FAILURE = 1
const EXIT_USAGE = 2
/** What shells give a program that was interrupted. */
const EXIT_INTERRUPTED = 130

const complain = (error: TensorError): void => {
  process.stderr.write(`${renderError(error)}\n`)
}

const reporterFor = ({ json }: Options): Reporter => {
  const write = (text: string): boolean => process.stdout.write(text)
  return json ? jsonReporter(write) : terminalReporter(write, process.stdout)
}

/** Reports every event of the run; the exit code says how it ended. */
const report = async (options: Options): Promise<number> => {
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort()
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  // Whoever read us has gone (`| head`): nothing is left to report to.
  process.stdout.on('error', interrupt)
  const reporter = reporterFor(options)
  let code = 0
  for await (const event of trainMnist(options, interruption.signal)) {
    if (E.isLeft(event)) {
      complain(event.left)
      code = EXIT_FAILURE
      continue
    }
    reporter(event.right)
    if (event.right._tag === 'end' && event.right.stopped === 'interrupted') code = EXIT_INTERRUPTED
  }
  process.removeListener('SIGINT', interrupt)
  process.removeListener('SIGTERM', interrupt)
  return code
}

const main = async (argv: readonly string[]): Promise<number> => {
  const options = parseOptions(argv)
  if (E.isLeft(options)) {
    complain(options.left)
    return EXIT_USAGE
  }
  if (options.right.help) {
    process.stdout.write(helpText())
    return 0
  }
  return report(options.right)
}

process.exitCode = await main(process.argv.slice(2))
