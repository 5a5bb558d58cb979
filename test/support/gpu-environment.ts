import * as E from 'fp-ts/lib/Either.js'
import type { GpujsTarget, Program } from '../../src/compile/program.js'
import { renderError } from '../../src/error/error.js'
import type { TensorError } from '../../src/error/error.js'
import { openGpujs } from '../../src/run/gpujs/driver.js'
import type { GpujsDevice, GpujsOptions } from '../../src/run/gpujs/driver.js'

/**
 * Devices for tests. The tests run under `node scripts/with-software-gpu.mjs`, which brings a software adapter
 * where the system has none, so webgpu is as sure to be there as cpu.
 */
export const NODE_TARGETS: readonly GpujsTarget[] = ['cpu', 'webasm', 'webgpu']

/** The value, or an error that fails the test with the reason. */
export const expectRight = <A>(result: E.Either<TensorError, A>): A => {
  if (E.isLeft(result)) throw new Error(renderError(result.left))
  return result.right
}

/** The error of a computation that has to fail. */
export const expectLeft = <A>(result: E.Either<TensorError, A>): TensorError => {
  if (E.isRight(result)) throw new Error('expected an error, found a result')
  return result.left
}

/** Opens a device for the work and frees it afterwards, whatever happens. */
export const withDevice = async <A>(
  target: GpujsTarget,
  work: (device: GpujsDevice) => Promise<A>,
  options?: GpujsOptions,
): Promise<A> => {
  const device = expectRight(await openGpujs(target, options)())
  try {
    return await work(device)
  } finally {
    await device.destroy()
  }
}

/** Loads a program, writes its inputs, runs it once and reads its outputs. */
export const runProgram = async (
  device: GpujsDevice,
  program: Program,
  inputs: readonly Float32Array[],
): Promise<readonly Float32Array[]> => {
  const loaded = expectRight(await device.load(program)())
  program.inputs.forEach((buffer, i) => expectRight(loaded.write(buffer, inputs[i] ?? new Float32Array(0))))
  expectRight(await loaded.run())
  const outputs: Float32Array[] = []
  for (const buffer of program.outputs) outputs.push(expectRight(await loaded.read(buffer)()))
  loaded.destroy()
  return outputs
}
