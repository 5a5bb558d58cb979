/**
 * Prints `N passed, N failed, N skipped` from vitest's JSON report and TSTyche's summary.
 * Usage: node scripts/count-tests.mjs <vitest.json> <output of npm test> <number of failed steps that are not tests>
 */
import { existsSync, readFileSync } from 'node:fs'

const [vitestPath = '', outputPath = '', otherFailures = '0'] = process.argv.slice(2)

const none = { passed: 0, failed: 0, skipped: 0 }

/** A report that is missing means that the runner itself broke: one failure, not none. */
const missing = { passed: 0, failed: 1, skipped: 0 }

const vitest = () => {
  if (!existsSync(vitestPath)) return missing
  const report = JSON.parse(readFileSync(vitestPath, 'utf8'))
  // A file that cannot be loaded fails as a suite and has no tests of its own.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** TSTyche ends with lines such as `Assertions: 1 failed, 2 skipped, 30 passed, 33 total`. */
const tstyche = () => {
  if (!existsSync(outputPath)) return null
  const plain = readFileSync(outputPath, 'utf8').replaceAll(
    new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'),
    '',
  )
  const count = (line, word) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0)
  const lines = ['Assertions', 'Suppressed'].map(
    (title) => new RegExp(`^${title}:.*$`, 'm').exec(plain)?.[0] ?? '',
  )
  const [files] = /^Test files:.*$/m.exec(plain) ?? []
  if (files === undefined) return null
  const sum = (word) => lines.reduce((total, line) => total + count(line, word), 0)
  const failed = sum('failed')
  // An error outside an assertion fails the file only.
  return {
    passed: sum('passed') + sum('matched'),
    failed: failed === 0 ? count(files, 'failed') : failed,
    skipped: sum('skipped'),
  }
}

const runTime = vitest()
const types = tstyche()
// npm test stops before the type tests when another test has failed.
const counts = [
  runTime,
  types ?? (runTime.failed > 0 ? none : missing),
  { ...none, failed: Number(otherFailures) },
]
const total = (kind) => counts.reduce((sum, count) => sum + count[kind], 0)
process.stdout.write(`${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped\n`)
process.exitCode = total('failed') > 0 ? 1 : 0
