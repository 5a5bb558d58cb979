/**
 * Runs random programs over every op through every pass of the compiler, against their plain evaluation in float64.
 * Usage: node scripts/fuzz.mjs [programs = 10000] [seed = random]
 * A failure prints the smallest program found, its data and the seed that finds it again.
 */
import { spawn } from 'node:child_process'

const [programs = '10000', seed = 'random'] = process.argv.slice(2)
if (!/^[1-9]\d*$/.test(programs)) {
  process.stderr.write(`fuzz: expected a number of programs, found '${programs}'.\n`)
  process.exit(2)
}
const child = spawn(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'test/compile/fuzz.test.ts'],
  { stdio: 'inherit', env: { ...process.env, CROCUTA_RUNS: programs, CROCUTA_SEED: seed } },
)
child.on('exit', (code) => process.exit(code ?? 1))
