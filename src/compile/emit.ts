/** Emit: a placed plan as a program for one gpu.js target. Equal kernels are emitted once. */
import { emitKernel } from '../../kernels/gpujs/emit-kernel.js'
import { budgetError, fail } from '../error/error.js'
import type { ScalarKernel } from '../ir/scalar.js'
import { sizeOf } from '../shape/dim.js'
import { CAPABILITIES } from './capabilities.js'
import { place } from './place.js'
import type { Plan, PlanKernel } from './plan.js'
import type { GpujsTarget, KernelSource, Launch, Program } from './program.js'

const BYTES = 4

const toScalarKernel = (plan: Plan, kernel: PlanKernel): ScalarKernel => ({
  name: kernel.name,
  shape: kernel.shape,
  loops: kernel.loops,
  combine: kernel.combine,
  body: kernel.body,
  epilogue: kernel.epilogue,
  inputs: kernel.inputs.map((value) => sizeOf(plan.values[value]?.shape ?? [])),
})

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

/** Refuses a program that the target cannot hold, before anything is allocated. */
const checkBudget = (target: GpujsTarget, plan: Plan, peakBytes: number): void => {
  const { bufferBytes, totalBytes } = CAPABILITIES[target]
  const largest = plan.values.reduce((most, { shape }) => Math.max(most, BYTES * sizeOf(shape)), 0)
  const over =
    largest > bufferBytes
      ? { what: 'one tensor', limit: bufferBytes, found: largest }
      : { what: 'the program', limit: totalBytes, found: peakBytes }
  if (over.found > over.limit)
    fail(
      budgetError({
        where: `device ${target}`,
        expected: `${over.what} within ${megabytes(over.limit)}`,
        found: megabytes(over.found),
        hint: 'use a smaller batch or model, or another device',
      }),
    )
}

/** Marks a state output whose next run reads it as the input of another name. */
export interface Carry {
  readonly output: string
  readonly input: string
}

export const emit = (
  target: GpujsTarget,
  plan: Plan,
  inputNames: readonly string[],
  carries: readonly Carry[],
): Program => {
  const { buffers, bufferOf, constants, peakBytes } = place(plan)
  checkBudget(target, plan, peakBytes)
  const bufferId = (value: number): number => bufferOf[value] ?? -1
  const kernels: KernelSource[] = []
  const known = new Map<string, number>()
  const launches = plan.kernels.map((kernel): Launch => {
    const source = emitKernel(target, toScalarKernel(plan, kernel))
    const key = `${source.source}|${source.threads.join()}|${source.inputs.join()}`
    const id = known.get(key) ?? kernels.push(source) - 1
    known.set(key, id)
    return { kernel: id, inputs: kernel.inputs.map(bufferId), output: bufferId(kernel.output) }
  })
  const inputBuffer = (name: string): number =>
    buffers.findIndex((buffer) => buffer.role === 'input' && buffer.name === name)
  const outputBuffer = (name: string): number =>
    bufferId(plan.outputs.find((output) => output.name === name)?.value ?? -1)
  const traffic = plan.kernels.map((kernel) =>
    [...new Set(kernel.inputs), kernel.output].reduce(
      (sum, value) => sum + BYTES * sizeOf(plan.values[value]?.shape ?? []),
      0,
    ),
  )
  return {
    target,
    buffers,
    kernels,
    launches,
    constants,
    inputs: inputNames.map(inputBuffer),
    outputs: plan.outputs.map(({ value }) => bufferId(value)),
    // A state that is replaced without being read has no input buffer to go back to.
    carries: carries
      .map(({ output, input }) => [outputBuffer(output), inputBuffer(input)] as const)
      .filter(([, input]) => input >= 0),
    flops: plan.kernels.reduce((sum, kernel) => sum + kernel.flops, 0),
    bytes: traffic.reduce((sum, bytes) => sum + bytes, 0),
    peakBytes,
  }
}
