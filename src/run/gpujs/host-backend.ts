import type { KernelSource, Program, ProgramStep } from '../../compile/program.js'
import { placesOf } from '../../compile/program.js'
import type { Execution } from '../loaded.js'
import { machineThreads } from '../machine-threads.js'
import type { Backend } from './backend.js'
import { kernelOf, liveSteps, slotLengths } from './backend.js'
import { buildCalledKernel, buildWasmKernel, createGpu, createWorkerPool } from './internals.js'
import type { WorkerPool } from './internals.js'

/** Targets whose buffers are arrays of the host: cpu, webasm, and webgl2 by way of uploads and readbacks. */

interface HostKernel {
  /** Inputs and output in elements exactly as long as the kernel's. */
  readonly run: (inputs: readonly Float32Array[], output: Float32Array) => void | Promise<void>
  readonly destroy: () => void
}

const MOST_INPUTS = 64

/** gpu.js shares a kernel's memory with its workers from this many cells on. */
const FEWEST_SHARED_CELLS = 4_096
/** Waking the workers costs about this many milliseconds; a shorter kernel stays on this thread. */
const WORTH_WAKING_MS = 0.15
/** The first runs are slow while V8 still optimises, so a later one is timed. */
const TIMED_RUN = 2

const wasmKernel = (
  gpu: ReturnType<typeof createGpu>,
  source: KernelSource,
  poolOf: (() => Promise<WorkerPool>) | null,
): HostKernel => {
  const [x, y, z] = source.threads
  const kernel = buildWasmKernel(gpu, source, poolOf !== null && x * y * z >= FEWEST_SHARED_CELLS)
  const { memory, runThreaded } = kernel
  let runs = 0
  let isWorthWaking = false
  const runHere = (): void => {
    const start = performance.now()
    kernel.run()
    if (runs === TIMED_RUN) isWorthWaking = performance.now() - start > WORTH_WAKING_MS
    runs += 1
  }
  const finish = (output: Float32Array): void => {
    output.set(memory.subarray(kernel.output, kernel.output + output.length))
  }
  return {
    run: (inputs, output) => {
      inputs.forEach((values, i) => memory.set(values, kernel.inputs[i] ?? 0))
      // Either way gives the same bits: a cell is computed whole by one thread.
      if (poolOf !== null && runThreaded !== null && isWorthWaking) {
        return poolOf()
          .then(runThreaded)
          .then(() => finish(output))
      }
      runHere()
      return finish(output)
    },
    destroy: kernel.destroy,
  }
}

/** A step at a place of the loop around it; what it returns has to be waited for. */
type BoundStep = (place: number) => void | Promise<void>

/** Runs steps in order, without waiting while nothing has to be waited for. */
const runSteps = async (steps: readonly BoundStep[], place: number): Promise<void> => {
  for (const step of steps) {
    const pending = step(place)
    if (pending !== undefined) await pending
  }
}

const bindStep = (
  step: ProgramStep,
  kernels: ReadonlyMap<number, HostKernel>,
  viewOf: (buffer: number) => Float32Array,
): BoundStep => {
  switch (step.kind) {
    case 'launch': {
      const kernel = kernelOf(kernels, step.kernel)
      return () => kernel.run(step.inputs.map(viewOf), viewOf(step.output))
    }
    case 'copy': {
      const { from, to, length, fromStride, toStride, fromStart = 0, toStart = 0 } = step
      return (place) => {
        const start = fromStart + place * fromStride
        viewOf(to).set(viewOf(from).subarray(start, start + length), toStart + place * toStride)
      }
    }
    case 'repeat': {
      const steps = step.steps.map((inner) => bindStep(inner, kernels, viewOf))
      return async () => {
        for (const place of placesOf(step)) await runSteps(steps, place)
      }
    }
  }
}

const openHost = (program: Program, kernels: ReadonlyMap<number, HostKernel>): Execution => {
  const slots = new Map(
    [...slotLengths(program)].map(([slot, length]) => [slot, new Float32Array(length)] as const),
  )
  const views: Float32Array[] = program.buffers.map(({ storage, length }) =>
    (slots.get(storage) ?? new Float32Array(1)).subarray(0, Math.max(length, 1)),
  )
  const viewOf = (buffer: number): Float32Array => views[buffer] ?? new Float32Array(1)
  const write = (buffer: number, values: Float32Array): void => viewOf(buffer).set(values)
  for (const [buffer, values] of program.constants) write(buffer, values)
  const steps = liveSteps(program).map((step) => bindStep(step, kernels, viewOf))
  const run = async (): Promise<number> => {
    const start = performance.now()
    await runSteps(steps, 0)
    const spent = performance.now() - start
    for (const [output, input] of program.carries) {
      const kept = viewOf(output)
      views[output] = viewOf(input)
      views[input] = kept
    }
    return spent
  }
  const carried = new Map(program.carries)
  return {
    write: (buffer, values) => write(carried.get(buffer) ?? buffer, values),
    run,
    read: (buffer) => {
      const length = program.buffers[buffer]?.length ?? 0
      return Promise.resolve(viewOf(carried.get(buffer) ?? buffer).slice(0, length))
    },
    destroy: () => {
      views.length = 0
      slots.clear()
    },
  }
}

/** gpu.js's plain JavaScript and WebGL 2, called kernel by kernel. */
export const openCalled = (target: 'cpu' | 'webgl2'): Backend<HostKernel> => {
  const gpu = createGpu(target)
  return {
    name: target === 'cpu' ? 'cpu, 1 thread' : 'webgl2',
    isSoftware: target === 'cpu',
    threads: 1,
    mostInputs: target === 'cpu' ? MOST_INPUTS : 8,
    compile: (source) => Promise.resolve(buildCalledKernel(gpu, target, source)),
    open: (program, kernels) => Promise.resolve(openHost(program, kernels)),
    destroyKernel: (kernel) => kernel.destroy(),
    destroy: () => Promise.resolve(gpu.destroy()).then(() => undefined),
  }
}

/** gpu.js's WebAssembly, on all threads of the machine unless told otherwise. */
export const openWasm = (wantedThreads: number | undefined): Backend<HostKernel> => {
  const gpu = createGpu('webasm')
  const threads = typeof SharedArrayBuffer === 'undefined' ? 1 : (wantedThreads ?? machineThreads())
  let pool: Promise<WorkerPool> | null = null
  // Workers start when the first kernel is worth them.
  const poolOf = (): Promise<WorkerPool> => (pool ??= createWorkerPool(gpu, threads))
  return {
    name: `webasm, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    isSoftware: true,
    threads,
    mostInputs: MOST_INPUTS,
    compile: (source) => Promise.resolve(wasmKernel(gpu, source, threads > 1 ? poolOf : null)),
    open: (program, kernels) => Promise.resolve(openHost(program, kernels)),
    destroyKernel: (kernel) => kernel.destroy(),
    destroy: async () => {
      const started = await pool
      started?.destroy()
      await gpu.destroy()
    },
  }
}
