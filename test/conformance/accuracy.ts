/**
 * Writes docs/accuracy.md: the worst error of every op and of its gradient on every target.
 * Usage: npm run accuracy -- [log2 of the number of inputs; 14 unless stated]
 */
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { openDevice } from '../../src/run/open-device.js'
import type { Device } from '../../src/run/device.js'
import type { Worst } from '../support/accuracy/measure.js'
import { measure } from '../support/accuracy/measure.js'
import { printPage } from '../support/accuracy/page.js'
import { categories } from '../support/conformance.js'
import { expectRight } from '../support/gpu-environment.js'
import { ALL_TARGETS } from '../support/targets.js'

const log2 = Number(process.argv[2] ?? 14)
if (!Number.isInteger(log2) || log2 < 14 || log2 > 26)
  throw new RangeError('the logarithm of the number of inputs is a whole number from 14 to 26')
/** Loops, transforms and composites cost more than one function of a number. */
const resultsLog2 = Math.max(14, log2 - 4)

const devices: Device[] = []
for (const target of ALL_TARGETS) devices.push(expectRight(await openDevice(target)()))
const measured = new Map<string, Map<string, Worst>>(ALL_TARGETS.map((target) => [target, new Map()]))
for (const [category, chosen] of categories()) {
  const started = performance.now()
  const found = await measure(devices, chosen, { places: 2 ** log2, results: 2 ** resultsLog2 })
  for (const [target, ops] of found) for (const [op, worst] of ops) measured.get(target)?.set(op, worst)
  process.stderr.write(`${category}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
}
for (const device of devices) await device.destroy()

await writeFile(
  'docs/accuracy.md',
  printPage(categories(), measured, {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? process.arch}, Node ${process.version}`,
    command: `npm run accuracy -- ${log2}`,
    places: `2^${log2}`,
    results: `2^${resultsLog2}`,
  }),
)
process.exit(0)
