/**
 * Every private member of gpu.js that Crocuta relies on, in one file. They were read in version 2.24.1, which
 * package.json pins; `checkWebgpuKernel` and `checkWasmKernel` name the first that is missing, and a test fails
 * when the version changes.
 *
 * Why not the public calls alone: on webgpu every kernel owns its output buffer and every call makes a fresh
 * handle, so buffers could not be shared or planned, and each launch is a submission of its own (gpu.js's fused
 * executor records one command buffer from the same members, but reads back and uploads at every call). On
 * webasm a call copies its result once more than it has to.
 */
import gpujs from 'gpu.js'
import type { IKernelRunShortcut } from 'gpu.js'
import type { GpujsTarget, KernelSource } from '../../compile/program.js'
import type {
  GpuAdapter,
  GpuBindGroupLayout,
  GpuBuffer,
  GpuComputePipeline,
  GpuDevice,
} from './webgpu-types.js'

export const GPUJS_VERSION = '2.24.1'

export interface WebgpuContext {
  readonly adapter: GpuAdapter
  readonly device: GpuDevice
  readonly isLost: boolean
}

/** What gpu.js compiled from one kernel's source on webgpu. */
export interface WebgpuKernel {
  readonly pipeline: GpuComputePipeline
  readonly layout: GpuBindGroupLayout
  /** The uniform block of the grid's and the arguments' extents, already written. */
  readonly parameters: GpuBuffer
  readonly groups: readonly [number, number, number]
  readonly destroy: () => void
}

/** A WebAssembly kernel's own memory and entry points. */
export interface WasmKernel {
  readonly memory: Float32Array
  /** Where each argument starts in `memory`, in elements. */
  readonly inputs: readonly number[]
  readonly output: number
  readonly cells: number
  /** Runs all cells on this thread. */
  readonly run: () => void
  /** Runs all cells on gpu.js's worker threads, where the kernel was built for them. */
  readonly runThreaded: ((pool: WorkerPool) => Promise<void>) | null
  readonly destroy: () => void
}

export interface CalledKernel {
  readonly run: (inputs: readonly Float32Array[], output: Float32Array) => void
  readonly destroy: () => void
}

export interface WorkerPool {
  readonly size: number
  readonly dispatch: (
    entry: object,
    tasks: readonly { start: number; end: number; seed: number }[],
  ) => Promise<void>
  readonly destroy: () => void
}

type Kernel = InstanceType<typeof gpujs.Kernel>
type Gpu = InstanceType<typeof gpujs.GPU>

/** A private member that is not what 2.24.1 has: the message names it. */
export class InternalsChanged extends Error {
  constructor(path: string, found: unknown) {
    super(
      `gpu.js has no ${path} of the expected kind (found ${typeof found}); Crocuta needs version ${GPUJS_VERSION}`,
    )
    this.name = 'InternalsChanged'
  }
}

const member = (owner: object, path: string): unknown => {
  const value: unknown = Reflect.get(owner, path)
  if (value === undefined) throw new InternalsChanged(path, value)
  return value
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const objectMember = (owner: object, path: string): object => {
  const value = member(owner, path)
  if (!isObject(value)) throw new InternalsChanged(path, value)
  return value
}

/** A member that is an object or a class. */
const ownerMember = (owner: object, path: string): object => {
  const value = member(owner, path)
  if (typeof value === 'function' || isObject(value)) return value
  throw new InternalsChanged(path, value)
}

const numberMember = (owner: object, path: string): number => {
  const value = member(owner, path)
  if (typeof value !== 'number') throw new InternalsChanged(path, value)
  return value
}

const callMember = (owner: object, path: string, args: readonly unknown[]): unknown => {
  const value = member(owner, path)
  if (typeof value !== 'function') throw new InternalsChanged(path, value)
  return Reflect.apply(value, owner, args)
}

const hasMembers = (value: object, names: readonly string[]): boolean =>
  names.every((name) => Reflect.get(value, name) !== undefined)

const isDevice = (value: object): value is GpuDevice =>
  hasMembers(value, ['limits', 'queue', 'lost', 'createBuffer', 'createBindGroup', 'createCommandEncoder'])

const isAdapter = (value: object): value is GpuAdapter => hasMembers(value, ['info'])

const isBuffer = (value: object): value is GpuBuffer => hasMembers(value, ['size', 'destroy'])

const isPool = (value: object): value is WorkerPool => hasMembers(value, ['size', 'dispatch', 'destroy'])

const isOpaque = (value: object): value is GpuComputePipeline & GpuBindGroupLayout => isObject(value)

/** Kernels of one mode are made by one of these. */
export const createGpu = (target: GpujsTarget): Gpu => new gpujs.GPU({ mode: target })

/** The name of the back end that really holds a kernel, and why it is another than asked for. */
export const backendOf = (
  kernel: Kernel,
): { readonly mode: string; readonly fallbackReason: string | null } => {
  const constructor = member(kernel, 'constructor')
  const mode: unknown = typeof constructor === 'function' ? Reflect.get(constructor, 'mode') : undefined
  if (typeof mode !== 'string') throw new InternalsChanged('constructor.mode', mode)
  const reason: unknown = Reflect.get(kernel, 'fallbackReason')
  return { mode, fallbackReason: typeof reason === 'string' ? reason : null }
}

/** A kernel was quietly given to another back end than the one asked for. */
const assertBackend = (kernel: Kernel, target: GpujsTarget): void => {
  const { mode, fallbackReason } = backendOf(kernel)
  if (mode !== target || fallbackReason !== null) {
    throw new Error(
      `gpu.js gave the kernel to ${mode} instead of ${target}: ${fallbackReason ?? 'no reason given'}`,
    )
  }
}

/** The one WebGPU device that gpu.js holds for all its kernels. */
export const acquireWebgpu = async (): Promise<WebgpuContext> => {
  const context = await callMember(ownerMember(gpujs, 'WebGPUContext'), 'acquire', [])
  if (!isObject(context)) throw new InternalsChanged('WebGPUContext.acquire()', context)
  const adapter = objectMember(context, 'adapter')
  const device = objectMember(context, 'device')
  if (!isAdapter(adapter)) throw new InternalsChanged('WebGPUContext.adapter', adapter)
  if (!isDevice(device)) throw new InternalsChanged('WebGPUContext.device', device)
  return {
    adapter,
    device,
    get isLost() {
      return Reflect.get(context, 'isLost') === true
    },
  }
}

const settingsOf = (
  source: KernelSource,
): { output: number[]; precision: 'single'; loopMaxIterations: number } => {
  const [x, y, z] = source.threads
  // A grid of one axis is launched 64 wide and may be any length; gpu.js goes by the rank it is given.
  const output = z > 1 ? [x, y, z] : y > 1 ? [x, y] : [x]
  return { output, precision: 'single', loopMaxIterations: 2 ** 30 }
}

/** A kernel of any mode before its first use. */
export const createKernel = (gpu: Gpu, source: KernelSource, isThreaded = false): IKernelRunShortcut =>
  gpu.createKernel(source.source, { ...settingsOf(source), asyncMode: isThreaded })

/** A flat argument. The declared constructor takes number[] only. */
const flatInput = (values: Float32Array): object => {
  const made: object = Reflect.construct(gpujs.Input, [values, [values.length]])
  return made
}

const emptyInputs = (source: KernelSource, length: (count: number) => number): readonly object[] =>
  source.inputs.map((count) => flatInput(new Float32Array(length(count))))

const writeExtents = (kernel: object, source: KernelSource, width: number): Uint32Array => {
  const layout = objectMember(kernel, 'paramsLayout')
  const block = new Uint32Array(numberMember(layout, 'byteLength') / 4)
  block.set([...source.threads, width])
  const records: unknown = member(layout, 'arrayArgs')
  if (!Array.isArray(records)) throw new InternalsChanged('paramsLayout.arrayArgs', records)
  for (const record of records) {
    if (!isObject(record)) throw new InternalsChanged('paramsLayout.arrayArgs[]', record)
    const count = Math.max(source.inputs[numberMember(record, 'index')] ?? 1, 1)
    block.set([count, 1, 1, count], numberMember(record, 'dimsOffset') / 4)
  }
  return block
}

const isTriple = (value: unknown): value is readonly [number, number, number] =>
  Array.isArray(value) && value.length === 3 && value.every((part) => typeof part === 'number')

/** Has gpu.js translate and compile a kernel, and takes over what it made. */
export const buildWebgpuKernel = async (
  gpu: Gpu,
  device: GpuDevice,
  source: KernelSource,
): Promise<WebgpuKernel> => {
  const { kernel } = createKernel(gpu, source)
  await callMember(
    kernel,
    'build',
    emptyInputs(source, () => 1),
  )
  assertBackend(kernel, 'webgpu')
  // Its own output buffer is not used: outputs lie where the program placed them.
  const spare = objectMember(kernel, 'outputBuffer')
  if (isBuffer(spare)) spare.destroy()
  Reflect.set(kernel, 'outputBuffer', null)
  const dispatch = callMember(kernel, '_computeDispatch', [[...source.threads]])
  if (!isObject(dispatch)) throw new InternalsChanged('_computeDispatch()', dispatch)
  const groups = member(dispatch, 'groups')
  const parameters = objectMember(kernel, 'paramsBuffer')
  const pipeline = objectMember(kernel, 'computePipeline')
  const layout = objectMember(kernel, 'bindGroupLayout')
  if (!isTriple(groups)) throw new InternalsChanged('_computeDispatch().groups', groups)
  if (!isBuffer(parameters)) throw new InternalsChanged('paramsBuffer', parameters)
  if (!isOpaque(pipeline) || !isOpaque(layout)) throw new InternalsChanged('computePipeline', pipeline)
  device.queue.writeBuffer(
    parameters,
    0,
    writeExtents(kernel, source, numberMember(dispatch, 'dispatchWidth')),
  )
  return { pipeline, layout, parameters, groups, destroy: () => kernel.destroy() }
}

/** Contiguous ranges of cells, each starting on a multiple of four so that it can be run four at a time. */
const split = (cells: number, ways: number): readonly { start: number; end: number; seed: number }[] => {
  const chunk = Math.max(Math.ceil(cells / ways / 4) * 4, 4)
  return Array.from({ length: Math.ceil(cells / chunk) }, (_, i) => ({
    start: i * chunk,
    end: Math.min((i + 1) * chunk, cells),
    seed: 0,
  }))
}

/** Builds a WebAssembly kernel and takes over its memory. `isThreaded` asks for memory that workers share. */
export const buildWasmKernel = (gpu: Gpu, source: KernelSource, isThreaded: boolean): WasmKernel => {
  const shortcut = createKernel(gpu, source, isThreaded)
  callMember(
    shortcut.kernel,
    'build',
    emptyInputs(source, (count) => Math.max(count, 1)),
  )
  const { kernel } = shortcut
  assertBackend(kernel, 'webasm')
  const entry = objectMember(kernel, '_active')
  const layout = objectMember(entry, 'layout')
  const arrays = objectMember(layout, 'arrays')
  const memory = member(entry, 'f32')
  if (!(memory instanceof Float32Array)) throw new InternalsChanged('_active.f32', memory)
  const cells = numberMember(entry, 'cells')
  const spans = [member(entry, 'run'), Reflect.get(entry, 'runSimd') ?? null, cells, source.threads[0], 0]
  const isShared = Reflect.get(entry, 'shared') === true
  return {
    memory,
    inputs: source.inputs.map((_, input) => numberMember(objectMember(arrays, `in${input}`), 'offset') / 4),
    output: numberMember(layout, 'outputOffset') / 4,
    cells,
    run: () => {
      callMember(kernel.constructor, 'dispatchSpans', spans)
    },
    runThreaded: isShared
      ? (pool) => pool.dispatch(entry, split(cells, Math.min(pool.size, Math.ceil(cells / 4096))))
      : null,
    destroy: () => kernel.destroy(),
  }
}

const copyRows = (result: unknown, into: Float32Array, at: number): number => {
  if (result instanceof Float32Array) {
    into.set(result, at)
    return at + result.length
  }
  if (!Array.isArray(result)) throw new InternalsChanged('result of a call', result)
  return result.reduce((offset: number, row: unknown) => copyRows(row, into, offset), at)
}

/** A kernel called the public way: arrays in, an array out. For cpu and webgl2. */
export const buildCalledKernel = (gpu: Gpu, target: GpujsTarget, source: KernelSource): CalledKernel => {
  const shortcut = createKernel(gpu, source)
  let isChecked = false
  return {
    run: (inputs, output) => {
      const result: unknown = Reflect.apply(shortcut, undefined, inputs.map(flatInput))
      if (!isChecked) assertBackend(shortcut.kernel, target)
      isChecked = true
      copyRows(result, output, 0)
    },
    destroy: () => shortcut.kernel.destroy(),
  }
}

/** gpu.js makes a pool a kernel; one for all is enough, and its first kernel is asked for it. */
export const createWorkerPool = async (gpu: Gpu, threads: number): Promise<WorkerPool> => {
  const source: KernelSource = {
    name: 'pool',
    source: 'function () { return this.thread.x; }',
    threads: [8192, 1, 1],
    inputs: [],
  }
  const { kernel } = createKernel(gpu, source, true)
  Reflect.set(kernel, 'poolSize', threads)
  await callMember(kernel, 'run', [])
  const pool = objectMember(kernel, '_pool')
  if (!isPool(pool)) throw new InternalsChanged('_pool', pool)
  return {
    size: pool.size,
    dispatch: (entry, tasks) => pool.dispatch(entry, tasks),
    destroy: () => kernel.destroy(),
  }
}
