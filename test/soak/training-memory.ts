/**
 * Two thousand training steps of a small model on each target: resident memory must stay level.
 * Usage: node scripts/with-software-gpu.mjs node --import tsx test/soak/training-memory.ts [target …]
 */
import { openDevice } from '../../src/run/open-device.js'
import { NODE_TARGETS, expectRight } from '../support/gpu-environment.js'
import { trainTiny } from '../support/tiny-classifier.js'

const STEPS = 2_000
/** By then buffers, code and the garbage collector have settled. */
const SETTLED = 500
/** In MB; a leak of one small buffer a step is more. */
const MOST_GROWTH = 16

const residentMegabytes = (): number => process.memoryUsage().rss / 2 ** 20

const asked = process.argv.slice(2)
for (const target of asked.length > 0 ? asked : NODE_TARGETS) {
  const device = expectRight(await openDevice(target)())
  const training = await trainTiny(device)
  const start = performance.now()
  let [settled, loss] = [0, Number.NaN]
  for (let step = 0; step < STEPS; step++) {
    loss = await training.step(step)
    if (step === SETTLED) settled = residentMegabytes()
  }
  const end = residentMegabytes()
  const isLevel = end - settled < MOST_GROWTH
  process.stdout.write(
    `${isLevel ? 'ok  ' : 'FAIL'} ${target}: ${STEPS} steps of ${training.launches} launches in ` +
      `${((performance.now() - start) / 1000).toFixed(0)} s, ${settled.toFixed(0)} MB after ${SETTLED} steps, ` +
      `${end.toFixed(0)} MB at the end, last loss ${loss.toFixed(3)}\n`,
  )
  if (!isLevel) process.exitCode = 1
  training.destroy()
  await device.destroy()
}
