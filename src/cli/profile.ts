/** The profile of one case on simd: a table, or lines of JSON. */
import process from 'node:process'
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../error/error.js'
import { renderError } from '../error/error.js'
import { profileJson, profileTable } from '../report/profile.js'
import { openSimd } from '../run/simd/driver.js'
import { profileWork } from './profile/case.js'
import { parseProfileOptions, profileHelp } from './profile/options.js'

const EXIT_FAILURE = 1
const EXIT_USAGE = 2

const complain = (error: TensorError, code: number): number => {
  process.stderr.write(`${renderError(error)}\n`)
  return code
}

const main = async (argv: readonly string[]): Promise<number> => {
  const options = parseProfileOptions(argv)
  if (E.isLeft(options)) return complain(options.left, EXIT_USAGE)
  const { benchCase, json, threads } = options.right
  if (benchCase === null) {
    process.stdout.write(profileHelp())
    return 0
  }
  const opened = await openSimd(threads === null ? {} : { threads })()
  if (E.isLeft(opened)) return complain(opened.left, EXIT_FAILURE)
  const result = await profileWork(opened.right, benchCase.work())()
  await opened.right.destroy()
  if (E.isLeft(result)) return complain(result.left, EXIT_FAILURE)
  const print = json ? profileJson : profileTable
  process.stdout.write(print(benchCase.name, opened.right.name, result.right))
  return 0
}

process.exitCode = await main(process.argv.slice(2))
