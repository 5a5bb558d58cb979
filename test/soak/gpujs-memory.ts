/**
 * Two thousand runs of fifty launches on each target: resident memory must stay level.
 * Usage: node scripts/with-software-gpu.mjs node --import tsx test/soak/gpujs-memory.ts
 */
import { NODE_TARGETS, withDevice } from '../support/gpu-environment.js'
import { memoryGrowth } from '../support/memory-growth.js'

const RUNS = 2_000
const LENGTH = 4_096
const MOST_GROWTH = 16

for (const target of NODE_TARGETS) {
  const growth = await withDevice(target, (device) => memoryGrowth(device, RUNS, LENGTH))
  const gained = growth.end - growth.settled
  const isLevel = gained < MOST_GROWTH && growth.error < 1e-4
  process.stdout.write(
    `${isLevel ? 'ok  ' : 'FAIL'} ${target}: ${RUNS} runs of ${growth.launches} launches, ` +
      `${growth.settled.toFixed(0)} MB settled, ${growth.end.toFixed(0)} MB at the end, ` +
      `${growth.microsecondsPerLaunch.toFixed(1)} us a launch, error ${growth.error.toExponential(1)}\n`,
  )
  if (!isLevel) process.exitCode = 1
}
