import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { GpujsTarget, KernelSource, Program } from '../../compile/program.js'
import { launchCount, launchesOf } from '../../compile/program.js'
import { budgetError, deviceError, optionError } from '../../error/error.js'
import type { TensorError } from '../../error/error.js'
import type { Backend, Execution } from './backend.js'
import { liveSteps } from './backend.js'
import { openCalled, openWasm } from './host-backend.js'
import { ensureWebgpu } from './node-webgpu.js'
import { openWebgpu } from './webgpu-backend.js'

/** What one run did and where its time went, in milliseconds. */
export interface RunReport {
  readonly launches: number
  readonly kernelMs: number
  readonly outsideMs: number
}

/**
 * A program on a device. The two ends of a carry are one state: writing or reading the output's buffer is
 * writing or reading the input's, which holds the newest values.
 */
export interface Loaded {
  /** Copies values into an input, a carried state or any other buffer; the length must be the buffer's. */
  readonly write: (buffer: number, values: Float32Array) => E.Either<TensorError, void>
  /** Resolves when all launches are done. */
  readonly run: TE.TaskEither<TensorError, RunReport>
  /** A copy of a buffer; that of a temporary is whatever its storage holds. */
  readonly read: (buffer: number) => TE.TaskEither<TensorError, Float32Array>
  /** Frees the buffers; kernels stay with the device. Harmless when repeated. */
  readonly destroy: () => void
}

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

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

const failure =
  (where: string, expected: string, hint: string) =>
  (thrown: unknown): TensorError => {
    const found = messageOf(thrown)
    const isTooLarge = /bytes but this device allows|out of memory|exceeds? the|allocation failed/i.test(
      found,
    )
    return isTooLarge
      ? budgetError({
          where,
          expected: 'buffers that the device can hold',
          found,
          hint: 'use a smaller batch or remat',
        })
      : deviceError({ where, expected, found, hint })
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

const checkLength = (program: Program, buffer: number, values: Float32Array): E.Either<TensorError, void> => {
  const length = program.buffers[buffer]?.length
  return values.length === length
    ? E.right(undefined)
    : E.left(
        optionError({
          where: `buffer ${buffer}${program.buffers[buffer]?.name === undefined ? '' : ` (${program.buffers[buffer].name})`}`,
          expected: length === undefined ? `a buffer below ${program.buffers.length}` : `${length} values`,
          found: `${values.length} values`,
          hint: 'write a buffer whole',
        }),
      )
}

const destroyedError = (where: string): TensorError =>
  deviceError({
    where,
    expected: 'a device in use',
    found: 'one that was destroyed',
    hint: 'open a new device',
  })

const toLoaded = (program: Program, execution: Execution, isOpen: () => boolean): Loaded => {
  const launches = launchCount(liveSteps(program))
  let isLoaded = true
  const guarded =
    <A>(where: string, work: () => Promise<A>): TE.TaskEither<TensorError, A> =>
    async () =>
      isLoaded && isOpen()
        ? TE.tryCatch(work, failure(where, 'the device to finish its work', REPORT_HINT))()
        : E.left(destroyedError(where))
  return {
    write: (buffer, values) =>
      pipe(
        isLoaded && isOpen() ? checkLength(program, buffer, values) : E.left(destroyedError('write')),
        E.map(() => execution.write(buffer, values)),
      ),
    run: guarded('run', async () => {
      const start = performance.now()
      const kernelMs = await execution.run()
      return { launches, kernelMs, outsideMs: performance.now() - start - kernelMs }
    }),
    read: (buffer) => guarded('read', () => execution.read(buffer)),
    destroy: () => {
      if (isLoaded && isOpen()) execution.destroy()
      isLoaded = false
    },
  }
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
        TE.map((execution) => toLoaded(program, execution, () => closing === null)),
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
