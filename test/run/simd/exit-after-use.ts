/** A process that uses the simd device and ends: `destroy` frees the device first, `leave` does not, `early` never runs. */
import { openSimd } from '../../../src/run/simd/driver.js'
import { expectRight } from '../../support/gpu-environment.js'
import { affine, programOf } from './programs.js'

const [threads, ending] = process.argv.slice(2)
const device = expectRight(await openSimd({ threads: Number(threads) })())
const loaded = expectRight(
  await device.load(
    programOf(
      device.features,
      [
        { length: 100, role: 'input' },
        { length: 100, role: 'output' },
      ],
      [{ kernel: affine(device.features, 100, 2, 1), inputs: [0], output: 1 }],
    ),
  )(),
)
if (ending !== 'early') for (let i = 0; i < 10; i++) expectRight(await loaded.run())
if (ending === 'destroy') await device.destroy()
process.stdout.write('done')
