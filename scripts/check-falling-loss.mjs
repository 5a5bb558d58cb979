/**
 * Reads the JSON lines of `npm start -- --json` and fails unless training ran as asked and its loss fell.
 * Usage: npm --silent start -- --device cpu --steps 20 --json | node scripts/check-falling-loss.mjs cpu 20
 */
import { readFileSync } from 'node:fs'

const [device, stepsText] = process.argv.slice(2)
const steps = Number(stepsText)
if (device === undefined || !Number.isInteger(steps) || steps < 4) {
  process.stderr.write('usage: node scripts/check-falling-loss.mjs <device> <steps, at least 4>\n')
  process.exit(2)
}

const fail = (message) => {
  process.stderr.write(`${device}: ${message}\n`)
  process.exit(1)
}

const parse = (line, i) => {
  try {
    return JSON.parse(line)
  } catch {
    return fail(`line ${i + 1} is not JSON: ${line.slice(0, 200)}`)
  }
}

const events = readFileSync(0, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map(parse)
const losses = events.filter((event) => event._tag === 'step').map((event) => event.loss)
const start = events.find((event) => event._tag === 'start')
const last = events.at(-1)

if (start === undefined) fail('no start event')
// Descriptions begin with the target and may go on with the adapter or the number of threads.
if (!new RegExp(`^${device}\\b`).test(start.device)) fail(`trained on ${start.device}`)
if (losses.length !== steps) fail(`expected ${steps} step events, found ${losses.length}`)
if (!losses.every(Number.isFinite)) fail(`a loss is not finite: ${losses.join(' ')}`)
if (typeof last.testAccuracy !== 'number') fail(`the last event has no testAccuracy: ${JSON.stringify(last)}`)

// Batches differ, so single losses jump: compare means over quarters of the run.
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const quarter = Math.floor(steps / 4)
const before = mean(losses.slice(0, quarter))
const after = mean(losses.slice(-quarter))
if (!(after < before))
  fail(`the loss did not fall: ${before.toFixed(4)} at first, ${after.toFixed(4)} at the end`)
process.stdout.write(
  `${device}: loss ${before.toFixed(4)} → ${after.toFixed(4)} in ${steps} steps, accuracy ${last.testAccuracy}\n`,
)
