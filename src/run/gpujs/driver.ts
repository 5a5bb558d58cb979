import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { GpujsTarget, KernelSource, Program } from '../../compile/program.js'
import { launchCount, launchesOf } from '../../compile/program.js'
import { budgetError, optionError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import { destroyedError, failure, toLoaded } from '../loaded.js'
import type { Loaded } from '../loaded.js'
import type { Backend } from './backend.js'
import { liveSteps } from './backend.js'
import { openCalled, openWasm } from './host-backend.js'
import { ensureWebgpu } from './node-webgpu.js'
import { openWebgpu } from './webgpu-backend.js'

export interface GpujsDevice {
  readonly target: GpujsTarget
  /** One line for a progress header: target, adapter or threads. */
  readonly name: string
  /** True where the work is done by the processor. */
  readonly isSoftware: boolean
  readonly threads: number
  /** Most inputs a kernel may have. */
  readonly mostInputs: number
  /** Kernels compiled so far; equal ones count once. */
  readonly kernelCount: () => number
  readonly load: (program: Program) => TE.TaskEither<TensorError, Loaded>
  /** Frees everything; harmless when repeated. A new device can be opened afterwards. */
  readonly destroy: () => Promise<void>
}

export interface GpujsOptions {
  /** Threads of webasm; all of the machine's by default. Results are the same bits for any number. */
  readonly threads?: number
}

const REPORT_HINT = 'this is a defect of Crocuta or of the graphics driver; another target will tell which'

const checkProgram = (
  target: GpujsTarget,
  mostInputs: number,
  program: Program,
): E.Either<TensorError, Program> => {
  if (program.target !== target) {
    return E.left(
      optionError({
        where: 'load',
        expected: `a program for ${target}`,
        found: program.target,
        hint: 'compile for the device that runs it',
      }),
    )
  }
  const crowded = program.kernels.find((kernel) => kernel.inputs.length > mostInputs)
  if (crowded !== undefined) {
    return E.left(
      budgetError({
        where: crowded.name,
        expected: `at most ${mostInputs} inputs a kernel on ${target}`,
        found: `${crowded.inputs.length}`,
        hint: 'legalise the plan for this target',
      }),
    )
  }
  return E.right(program)
}

const kernelKey = (source: KernelSource): string =>
  `${source.threads.join('x')}|${source.inputs.join(',')}|${source.source}`

const toDevice = <Kernel>(target: GpujsTarget, backend: Backend<Kernel>): GpujsDevice => {
  const kernels = new Map<string, Promise<Kernel>>()
  let closing: Promise<void> | null = null
  const compile = (source: KernelSource): Promise<Kernel> => {
    const key = kernelKey(source)
    const known = kernels.get(key)
    if (known !== undefined) return known
    const made = backend.compile(source)
    kernels.set(key, made)
    // A kernel that failed is tried again, by a program that was repaired.
    made.catch(() => kernels.delete(key))
    return made
  }
  const compileAll = (program: Program): TE.TaskEither<TensorError, ReadonlyMap<number, Kernel>> => {
    const used = new Set(launchesOf(liveSteps(program)).map((launch) => launch.kernel))
    return pipe(
      [...program.kernels.entries()].filter(([number]) => used.has(number)),
      TE.traverseSeqArray(([number, source]) =>
        pipe(
          TE.tryCatch(
            () => compile(source),
            failure(`kernel ${source.name}`, `gpu.js to compile it for ${target}`, REPORT_HINT),
          ),
          TE.map((kernel) => [number, kernel] as const),
        ),
      ),
      TE.map((entries) => new Map(entries)),
    )
  }
  const refusal = (where: string): TensorError | null => (closing === null ? null : destroyedError(where))
  const close = async (): Promise<void> => {
    const made = await Promise.allSettled(kernels.values())
    kernels.clear()
    for (const kernel of made) if (kernel.status === 'fulfilled') backend.destroyKernel(kernel.value)
    await backend.destroy()
  }
  return {
    target,
    name: backend.name,
    isSoftware: backend.isSoftware,
    threads: backend.threads,
    mostInputs: backend.mostInputs,
    kernelCount: () => kernels.size,
    load: (program) =>
      pipe(
        TE.fromEither(
          closing === null
            ? checkProgram(target, backend.mostInputs, program)
            : E.left(destroyedError('load')),
        ),
        TE.chain(compileAll),
        TE.chain((compiled) =>
          TE.tryCatch(
            () => backend.open(program, compiled),
            failure('load', 'room for the program on the device', REPORT_HINT),
          ),
        ),
        TE.map((execution) =>
          toLoaded(
            { buffers: program.buffers, launches: launchCount(liveSteps(program)) },
            execution,
            refusal,
            (where) => failure(where, 'the device to finish its work', REPORT_HINT),
          ),
        ),
      ),
    destroy: () => {
      closing ??= close()
      return closing
    },
  }
}

const opened = <Kernel>(
  target: GpujsTarget,
  open: () => Promise<Backend<Kernel>>,
): TE.TaskEither<TensorError, GpujsDevice> =>
  pipe(
    TE.tryCatch(
      open,
      failure(target, `gpu.js to provide ${target}`, 'choose another target, or ask for auto'),
    ),
    TE.map((backend) => toDevice(target, backend)),
  )

/**
 * Opens a gpu.js back end. A target that was asked for and cannot run is an error; nothing falls back.
 * `webgpu` in Node takes the adapter from the package webgpu.
 */
export const openGpujs = (
  target: GpujsTarget,
  options: GpujsOptions = {},
): TE.TaskEither<TensorError, GpujsDevice> => {
  switch (target) {
    case 'cpu':
    case 'webgl2':
      return opened(target, async () => openCalled(target))
    case 'webasm':
      return opened(target, () => Promise.resolve(openWasm(options.threads)))
    case 'webgpu':
      return pipe(
        ensureWebgpu,
        TE.chain(() => opened(target, openWebgpu)),
      )
  }
}
