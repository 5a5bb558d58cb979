/** Device choice. A device that was asked for and cannot run is an error; only `auto` chooses. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TensorError } from '../error/error.js'
import { deviceError, optionError } from '../error/error.js'
import type { GpujsTarget } from '../compile/program.js'
import type { Device } from './device.js'
import { DEVICE_NAMES } from './device.js'
import { openGpujsDevice } from './gpujs-device.js'
import type { GpujsOptions } from './gpujs/driver.js'
import { messageOf } from './loaded.js'
import { referenceDevice } from './reference-device.js'

/** The processor's own target, whose compiler is loaded only where it is used. */
const openProcessor = (options: GpujsOptions): TE.TaskEither<TensorError, Device> =>
  pipe(
    TE.tryCatch(
      () => import('./simd-device.js'),
      (thrown) =>
        deviceError({
          where: 'simd',
          expected: 'the modules of the simd device',
          found: messageOf(thrown),
          hint: 'serve all files of the package, or choose another device',
        }),
    ),
    TE.chain(({ openSimdDevice }) => openSimdDevice(options)),
  )

/** A GPU where a hardware adapter answers, otherwise the processor; the description says which and why. */
const openAuto =
  (options: GpujsOptions): TE.TaskEither<TensorError, Device> =>
  async () => {
    const gpu = await openGpujsDevice('webgpu')()
    if (E.isRight(gpu) && !gpu.right.isSoftware) return gpu
    if (E.isRight(gpu)) await gpu.right.destroy()
    const why = E.isLeft(gpu) ? 'no WebGPU adapter' : 'the only WebGPU adapter is emulated'
    return pipe(
      openProcessor(options),
      TE.map((device): Device => ({ ...device, description: `${device.description} (${why})` })),
    )()
  }

const isGpujsTarget = (name: string): name is GpujsTarget =>
  name !== 'reference' && name !== 'simd' && DEVICE_NAMES.some((known) => known === name)

/** Opens a device by name, or the best one for `auto`. Errors: an unknown name, a device that cannot run here. */
export const openDevice = (name: string, options: GpujsOptions = {}): TE.TaskEither<TensorError, Device> => {
  if (name === 'auto') return openAuto(options)
  if (name === 'reference') return TE.of(referenceDevice)
  if (name === 'simd') return openProcessor(options)
  if (isGpujsTarget(name)) return openGpujsDevice(name, options)
  return TE.left(
    optionError({
      where: 'device',
      expected: `one of auto, ${DEVICE_NAMES.join(', ')}`,
      found: `'${name}'`,
      hint: 'auto takes a GPU where there is one, otherwise the processor',
    }),
  )
}
