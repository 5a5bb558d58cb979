import type { Launch, Program, ProgramStep } from '../../compile/program.js'
import { launchesOf, placesOf } from '../../compile/program.js'
import type { Execution } from '../loaded.js'
import type { Backend } from './backend.js'
import { kernelOf, liveSteps, slotLengths } from './backend.js'
import { acquireWebgpu, buildWebgpuKernel, createGpu } from './internals.js'
import type { WebgpuContext, WebgpuKernel } from './internals.js'
import { MAP_READ, USAGE } from './webgpu-types.js'
import type { GpuBindGroup, GpuBuffer, GpuCommandEncoder, GpuComputePass, GpuDevice } from './webgpu-types.js'

/** gpu.js asks for the default limit of eight storage buffers; one is the output. */
const MOST_INPUTS = 7
const BYTES = 4

/** Devices open at the moment, by the one WebGPU device that gpu.js shares between them. */
const openCounts = new WeakMap<GpuDevice, number>()

const createStorage = (device: GpuDevice, length: number): GpuBuffer =>
  device.createBuffer({
    size: length * BYTES,
    usage: USAGE.storage | USAGE.copySource | USAGE.copyDestination,
  })

/** Raises what the device found wrong while `work` ran; otherwise it would only be printed. */
const validated = async <A>(device: GpuDevice, work: () => A): Promise<A> => {
  device.pushErrorScope('out-of-memory')
  device.pushErrorScope('validation')
  const result = work()
  const errors = [await device.popErrorScope(), await device.popErrorScope()]
  const error = errors.find((found) => found !== null)
  if (error) throw new Error(error.message)
  return result
}

interface Pass {
  readonly kernel: WebgpuKernel
  readonly group: GpuBindGroup
}

/** What each launch needs to be encoded. */
type Bound = ReadonlyMap<Launch, Pass>

/** Commands a buffer of them may hold, so that a loop of a million steps is not held in one. */
const MOST_COMMANDS = 16_384

/** Encodes steps in order and submits them. Launches in a row share a compute pass; a copy cannot stand in one. */
const submitSteps = (
  device: GpuDevice,
  steps: readonly ProgramStep[],
  bound: Bound,
  bufferOf: (buffer: number) => GpuBuffer,
): void => {
  let encoder: GpuCommandEncoder = device.createCommandEncoder()
  let pass: GpuComputePass | null = null
  let commands = 0
  const endPass = (): void => {
    pass?.end()
    pass = null
  }
  const submit = (): void => {
    endPass()
    device.queue.submit([encoder.finish()])
    commands = 0
  }
  const encode = (step: ProgramStep, place: number): void => {
    if (commands === MOST_COMMANDS) {
      submit()
      encoder = device.createCommandEncoder()
    }
    if (step.kind !== 'repeat') commands += 1
    if (step.kind === 'launch') {
      const found = bound.get(step)
      if (found === undefined) throw new RangeError('a launch without a bind group')
      pass ??= encoder.beginComputePass()
      pass.setPipeline(found.kernel.pipeline)
      pass.setBindGroup(0, found.group)
      pass.dispatchWorkgroups(...found.kernel.groups)
    } else if (step.kind === 'copy') {
      const { from, to, length, fromStride, toStride, fromStart = 0, toStart = 0 } = step
      endPass()
      encoder.copyBufferToBuffer(
        bufferOf(from),
        BYTES * (fromStart + place * fromStride),
        bufferOf(to),
        BYTES * (toStart + place * toStride),
        BYTES * length,
      )
    } else for (const inner of placesOf(step)) for (const each of step.steps) encode(each, inner)
  }
  for (const step of steps) encode(step, 0)
  submit()
}

const readBack = async (device: GpuDevice, buffer: GpuBuffer, length: number): Promise<Float32Array> => {
  if (length === 0) return new Float32Array(0)
  const size = length * BYTES
  const staging = device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyDestination })
  const encoder = device.createCommandEncoder()
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, size)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(MAP_READ, 0, size)
  const values = new Float32Array(staging.getMappedRange(0, size).slice(0))
  staging.unmap()
  staging.destroy()
  return values
}

/**
 * One command buffer a run, several where loops are long, over buffers placed once. Carried outputs and inputs change places after each run, so
 * there are two sets of bind groups, made when first needed.
 */
const openProgram = async (
  context: WebgpuContext,
  program: Program,
  kernels: ReadonlyMap<number, WebgpuKernel>,
): Promise<Execution> => {
  const { device } = context
  const slots = await validated(
    device,
    () =>
      new Map(
        [...slotLengths(program)].map(([slot, length]) => [slot, createStorage(device, length)] as const),
      ),
  )
  const buffers = program.buffers.map(({ storage }) => slots.get(storage))
  const bufferOf = (buffer: number): GpuBuffer => {
    const found = buffers[buffer]
    if (found === undefined) throw new RangeError(`buffer ${buffer} of ${buffers.length}`)
    return found
  }
  for (const [buffer, values] of program.constants)
    if (values.length > 0) device.queue.writeBuffer(bufferOf(buffer), 0, values)
  const steps = liveSteps(program)
  const bind = (): Bound =>
    new Map(
      launchesOf(steps).map((launch) => {
        const kernel = kernelOf(kernels, launch.kernel)
        const resources = [kernel.parameters, ...launch.inputs.map(bufferOf), bufferOf(launch.output)]
        const entries = resources.map((buffer, binding) => ({ binding, resource: { buffer } }))
        return [launch, { kernel, group: device.createBindGroup({ layout: kernel.layout, entries }) }]
      }),
    )
  const submit = (passes: Bound): void => submitSteps(device, steps, passes, bufferOf)
  const bound: Bound[] = []
  let runs = 0
  const run = async (): Promise<number> => {
    if (context.isLost) throw new Error('the WebGPU device was lost')
    if (steps.length === 0) return 0
    const start = performance.now()
    const parity = program.carries.length === 0 ? 0 : runs % 2
    const ready = bound[parity]
    if (ready === undefined) {
      await validated(device, () => {
        const passes = bind()
        bound[parity] = passes
        submit(passes)
      })
    } else submit(ready)
    await device.queue.onSubmittedWorkDone()
    runs += 1
    for (const [output, input] of program.carries) {
      const kept = buffers[output]
      buffers[output] = buffers[input]
      buffers[input] = kept
    }
    return performance.now() - start
  }
  const carried = new Map(program.carries)
  return {
    write: (buffer, values) => {
      if (values.length > 0) device.queue.writeBuffer(bufferOf(carried.get(buffer) ?? buffer), 0, values)
    },
    run,
    read: (buffer) =>
      readBack(device, bufferOf(carried.get(buffer) ?? buffer), program.buffers[buffer]?.length ?? 0),
    destroy: () => {
      for (const slot of slots.values()) slot.destroy()
      slots.clear()
      bound.length = 0
    },
  }
}

const nameOf = ({ vendor, architecture, device, description }: WebgpuContext['adapter']['info']): string =>
  [...new Set([vendor, architecture, device, description])].filter((part) => part !== '').join(' ')

/** Rasterisers that run on the processor; the specification's own flag is newer than some implementations. */
const isSoftwareAdapter = (info: WebgpuContext['adapter']['info']): boolean =>
  info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render|\bcpu\b/i.test(nameOf(info))

export const openWebgpu = async (): Promise<Backend<WebgpuKernel>> => {
  const context = await acquireWebgpu()
  const { device, adapter } = context
  openCounts.set(device, (openCounts.get(device) ?? 0) + 1)
  const gpu = createGpu('webgpu')
  const isSoftware = isSoftwareAdapter(adapter.info)
  return {
    name: `webgpu, ${nameOf(adapter.info)}${isSoftware ? ' (software)' : ''}`,
    isSoftware,
    threads: 1,
    mostInputs: Math.min(device.limits.maxStorageBuffersPerShaderStage - 1, MOST_INPUTS),
    compile: (source) => buildWebgpuKernel(gpu, device, source),
    open: (program, kernels) => openProgram(context, program, kernels),
    destroyKernel: (kernel) => kernel.destroy(),
    destroy: async () => {
      await gpu.destroy()
      const left = (openCounts.get(device) ?? 1) - 1
      openCounts.set(device, left)
      if (left > 0) return
      device.destroy()
      await device.lost
    },
  }
}
