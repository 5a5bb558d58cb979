/** Kernels of a device by text: assembled once, with their function on this thread. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { SimdKernel } from '../../../kernels/simd/kernel.js'
import type { TensorError } from '../../error/error.js'
import { failedError } from './failed-error.js'
import { assemble } from './assemble.js'
import type { WasmFunction, WasmImports, WasmMemory, WasmModule } from './webassembly.js'
import { webAssembly } from './webassembly.js'

export interface LoadedKernel {
  /** Number on the device. */
  readonly number: number
  readonly module: WasmModule
  readonly run: WasmFunction
}

export interface KernelCache {
  readonly get: (kernel: SimdKernel) => TE.TaskEither<TensorError, LoadedKernel>
  readonly count: () => number
}

/** The function `run` of a module. Throws where it does not link. */
export const instantiate = (module: WasmModule, imports: WasmImports): WasmFunction => {
  const { run } = new (webAssembly().Instance)(module, imports).exports
  if (run === undefined) throw new Error('a module that exports no run')
  return run
}

export const openKernelCache = (memory: WasmMemory): KernelCache => {
  const known = new Map<string, Promise<E.Either<TensorError, LoadedKernel>>>()
  let next = 0
  const make = ({ name, text }: SimdKernel): TE.TaskEither<TensorError, LoadedKernel> => {
    const number = next++
    return pipe(
      assemble(`kernel ${name}`, text),
      TE.chainEitherK((module) =>
        E.tryCatch(
          () => ({ number, module, run: instantiate(module, { env: { memory } }) }),
          failedError(`kernel ${name}`),
        ),
      ),
    )
  }
  return {
    get: (kernel) => {
      const found = known.get(kernel.text) ?? make(kernel)()
      known.set(kernel.text, found)
      return () => found
    },
    count: () => known.size,
  }
}
