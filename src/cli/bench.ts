/** The benchmarks: every case as a row of a table, or as a line of JSON. */
import { availableParallelism } from 'node:os'
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { renderError } from '../error/error.js'
import { benchHead, benchJson, benchRow } from '../report/bench.js'
import { openDevice } from '../run/open-device.js'
import type { BenchOptions } from './bench/options.js'
import { benchHelp, parseBenchOptions } from './bench/options.js'
import { runCase } from './bench/run-case.js'

const EXIT_FAILURE = 1
const EXIT_USAGE = 2

const complain = (error: TensorError, code: number): number => {
  process.stderr.write(`${renderError(error)}\n`)
  return code
}

/** Measures the cases one after another, and prints each as soon as it is done. */
const runAll = async ({ json, cases, threads: wanted, device: name }: BenchOptions): Promise<number> => {
  const threads = wanted ?? availableParallelism()
  const opened = await openDevice(name, { threads })()
  if (E.isLeft(opened)) return complain(opened.left, EXIT_FAILURE)
  const device = opened.right
  // Whoever read us has gone (`| head`): nothing is left to measure for.
  process.stdout.on('error', () => process.exit(EXIT_FAILURE))
  if (!json) process.stdout.write(benchHead(device.description))
  for (const benchCase of cases) {
    const line = await runCase(benchCase, { device, threads })
    process.stdout.write(json ? benchJson(line) : benchRow(line))
  }
  await device.destroy()
  return 0
}

const main = async (argv: readonly string[]): Promise<number> => {
  const options = parseBenchOptions(argv)
  if (E.isLeft(options)) return complain(options.left, EXIT_USAGE)
  if (!options.right.help) return runAll(options.right)
  process.stdout.write(benchHelp())
  return 0
}

process.exitCode = await main(process.argv.slice(2))
