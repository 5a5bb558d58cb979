/** A process that uses a device and ends: `destroy` frees the device first, `leave` does not. */
import type { GpujsTarget } from '../../src/compile/program.js'
import { openGpujs } from '../../src/run/gpujs/driver.js'
import { NODE_TARGETS, expectRight, runProgram } from './gpu-environment.js'
import { contraction, kernelProgram, values } from './scalar-kernels.js'

const isTarget = (text: string | undefined): text is GpujsTarget =>
  NODE_TARGETS.some((target) => target === text)

const [target, ending] = process.argv.slice(2)
if (!isTarget(target)) throw new Error(`usage: exit-after-use.ts ${NODE_TARGETS.join('|')} destroy|leave`)

const device = expectRight(await openGpujs(target, { threads: 2 })())
const kernel = contraction(80, 60, 90)
await runProgram(
  device,
  kernelProgram(target, kernel),
  kernel.inputs.map((length, i) => values(length, i)),
)
if (ending === 'destroy') await device.destroy()
process.stdout.write('done')
