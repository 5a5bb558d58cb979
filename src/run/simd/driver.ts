/** The simd target: programs in one memory, run by all threads of the machine. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Features } from '../../../kernels/simd/kernel.js'
import type { SimdProgram } from '../../compile/simd/program.js'
import { deviceError, optionError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import type { Execution, Loaded } from '../loaded.js'
import { destroyedError, toLoaded } from '../loaded.js'
import { machineThreads } from '../machine-threads.js'
import { assemble } from './assemble.js'
import type { Engine } from './engine.js'
import { detectEngine } from './engine.js'
import { openExecution, regionBytes } from './execution.js'
import { failedError } from './failed-error.js'
import type { LoadedKernel } from './kernel-cache.js'
import { instantiate, openKernelCache } from './kernel-cache.js'
import type { DeviceMemory } from './memory.js'
import { CONTROL_ADDRESS, openMemory } from './memory.js'
import { openTeam } from './team.js'
import type { WasmModule } from './webassembly.js'

export interface SimdDevice {
  /** One line for people, such as `simd, 2 threads, relaxed multiply-add`. */
  readonly name: string
  readonly threads: number
  /** What programs for this device may use. */
  readonly features: Features
  /** Kernels assembled so far; equal ones count once. */
  readonly kernelCount: () => number
  readonly load: (program: SimdProgram) => TE.TaskEither<TensorError, Loaded>
  /** Frees everything; harmless when repeated. */
  readonly destroy: () => Promise<void>
}

export interface SimdOptions {
  /** All of the machine's by default. Results are the same bits for any number. */
  readonly threads?: number
}

/** A run of less work than this, in operations and elements moved, is over before a second thread has joined. */
const WORTH_WAKING = 1_000_000
const BYTES = 4
/** Turns that a thread stays awake, some tens of microseconds; few where threads take turns on the cores. */
const SPINS = 20_000
const FEW_SPINS = 100

const isWorthWaking = ({ flops, bytes }: SimdProgram): boolean => flops + bytes / BYTES >= WORTH_WAKING

/** A program's modules, and its place in the memory. */
interface Parts {
  readonly program: SimdProgram
  readonly schedule: WasmModule
  readonly kernels: readonly LoadedKernel[]
  readonly base: number
}

interface Opened {
  /** Runs the program once, on all its threads. */
  readonly run: () => void
  /** The program will not run again. */
  readonly forget: () => void
}

const toDevice = (engine: Engine, memory: DeviceMemory): SimdDevice => {
  const { canSleep } = engine
  const spins = engine.threads > machineThreads() ? FEW_SPINS : SPINS
  const cache = openKernelCache(memory.memory)
  let closing: Promise<void> | null = null
  let lost: string | null = null
  const team = openTeam(memory, { threads: engine.threads, spins, canSleep, onLost: (error) => lose(error) })
  const close = (): Promise<void> => {
    closing ??= team.close()
    return closing
  }
  const lose = (error: string): void => {
    lost ??= error
    void close()
  }
  const refusal = (where: string): TensorError | null =>
    lost !== null ? failedError(where)(lost) : closing === null ? null : destroyedError(where)

  const open = async ({ schedule, kernels, base }: Parts, threads: number): Promise<Opened> => {
    const globals = { base, threads, control: CONTROL_ADDRESS, wait: spins }
    const kernel = Object.fromEntries(kernels.map(({ run }, i) => [i, run]))
    const env = { memory: memory.memory, ...globals, wait: canSleep ? spins : 0 }
    const run = instantiate(schedule, { env, kernel })
    const main = (): void => void run(0)
    return threads === 1
      ? { run: main, forget: () => undefined }
      : team.open({ schedule, kernels, globals }, main)
  }
  const withReason = (execution: Execution): Execution => ({
    ...execution,
    run: async () => {
      try {
        return await execution.run()
      } catch (thrown) {
        const reason = await team.reason(thrown)
        lose(reason)
        throw new Error(reason, { cause: thrown })
      }
    },
  })
  const place = async (parts: Omit<Parts, 'base'>): Promise<E.Either<TensorError, Loaded>> => {
    const refused = refusal('load')
    if (refused !== null) return E.left(refused)
    const { program } = parts
    const threads = isWorthWaking(program) ? engine.threads : 1
    const region = memory.take(regionBytes(program, threads))
    if (E.isLeft(region)) return region
    const base = region.right.start
    try {
      const { run, forget } = await open({ ...parts, base }, threads)
      const execution = openExecution(memory, program, base, run, () => {
        forget()
        memory.give(region.right)
      })
      return E.right(toLoaded(program, withReason(execution), refusal, failedError))
    } catch (thrown) {
      memory.give(region.right)
      return E.left(failedError('load')(thrown))
    }
  }
  return {
    name: engine.description,
    threads: engine.threads,
    features: engine.features,
    kernelCount: cache.count,
    load: (program) =>
      pipe(
        TE.Do,
        TE.bind('schedule', () => assemble('the schedule', program.schedule)),
        TE.bind('kernels', () => pipe(program.kernels, TE.traverseArray(cache.get))),
        TE.chain(
          ({ schedule, kernels }) =>
            () =>
              place({ program, schedule, kernels }),
        ),
      ),
    destroy: close,
  }
}

const missing = deviceError({
  where: 'simd',
  expected: 'an engine that has WebAssembly with 128-bit vectors',
  found: 'none',
  hint: 'use a newer engine, or the device cpu',
})

/** Opens the device. Errors: an engine without 128-bit vectors or without memory, a number of threads below 1. */
export const openSimd = ({ threads }: SimdOptions = {}): TE.TaskEither<TensorError, SimdDevice> => {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    return TE.left(
      optionError({
        where: 'threads',
        expected: 'a whole number from 1 on',
        found: `${threads}`,
        hint: 'leave it out for all of the machine',
      }),
    )
  return () =>
    Promise.resolve(
      pipe(
        E.fromNullable<TensorError>(missing)(detectEngine(threads)),
        E.chain((engine) =>
          E.tryCatch(() => toDevice(engine, openMemory(engine.features.shared)), failedError('simd')),
        ),
      ),
    )
}
