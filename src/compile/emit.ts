/** Emit: a placed plan as a program for one gpu.js target. Equal kernels are emitted once. */
import { emitKernel } from '../../kernels/gpujs/emit-kernel.js'
import { budgetError, fail } from '../error/error.js'
import type { ScalarKernel } from '../ir/scalar.js'
import { sizeOf } from '../shape/dim.js'
import { CAPABILITIES } from './capabilities.js'
import { place } from './place.js'
import type { Piece, Plan, PlanKernel, PlanLoop, PlanStep } from './plan.js'
import type { Copy, GpujsTarget, KernelSource, Launch, Program, ProgramStep } from './program.js'

const BYTES = 4

export const toScalarKernel = (plan: Plan, kernel: PlanKernel): ScalarKernel => ({
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
export const checkBudget = (
  target: keyof typeof CAPABILITIES,
  lengths: readonly number[],
  peakBytes: number,
): void => {
  const { bufferBytes, totalBytes } = CAPABILITIES[target]
  const largest = lengths.reduce((most, length) => Math.max(most, BYTES * length), 0)
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

/** The sum over all kernels that run, those inside loops as often as they do. */
export const totalOf = (steps: readonly PlanStep[], of: (kernel: PlanKernel) => number): number =>
  steps.reduce(
    (sum, step) => sum + (step.kind === 'kernel' ? of(step) : step.length * totalOf(step.steps, of)),
    0,
  )

/** The bytes a kernel reads and writes: each value it touches once. */
export const trafficOf =
  (plan: Plan) =>
  (kernel: PlanKernel): number =>
    [...new Set(kernel.inputs), kernel.output].reduce(
      (sum, value) => sum + BYTES * sizeOf(plan.values[value]?.shape ?? []),
      0,
    )

/** Bytes that copies read and write. */
const copiedBytes = (steps: readonly ProgramStep[]): number =>
  steps.reduce((sum, step) => {
    if (step.kind === 'copy') return sum + 2 * BYTES * step.length
    return sum + (step.kind === 'repeat' ? step.length * copiedBytes(step.steps) : 0)
  }, 0)

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
  checkBudget(
    target,
    plan.values.map(({ shape }) => sizeOf(shape)),
    peakBytes,
  )
  const bufferId = (value: number): number => bufferOf[value] ?? -1
  const kernels: KernelSource[] = []
  const known = new Map<string, number>()
  const lengthOf = (value: number): number => sizeOf(plan.values[value]?.shape ?? [])
  const launch = (kernel: PlanKernel): Launch => {
    const source = emitKernel(target, toScalarKernel(plan, kernel))
    const key = `${source.source}|${source.threads.join()}|${source.inputs.join()}`
    const id = known.get(key) ?? kernels.push(source) - 1
    known.set(key, id)
    return {
      kind: 'launch',
      kernel: id,
      inputs: kernel.inputs.map(bufferId),
      output: bufferId(kernel.output),
    }
  }
  /** A copy whose moving side, if any, steps by the elements of one place. */
  const copy = (from: number, to: number, moving: 'from' | 'to' | null): Copy => {
    const length = lengthOf(moving === 'from' ? to : from)
    return {
      kind: 'copy',
      from: bufferId(from),
      to: bufferId(to),
      length,
      fromStride: moving === 'from' ? length : 0,
      toStride: moving === 'to' ? length : 0,
    }
  }
  const repeat = ({ length, reverse, carries, slices, stacks, steps }: PlanLoop): readonly ProgramStep[] => [
    ...carries.map(({ init, value }) => copy(init, value, null)),
    {
      kind: 'repeat',
      length,
      reverse,
      steps: [
        ...slices.map(({ whole, slice }) => copy(whole, slice, 'from')),
        ...toSteps(steps),
        ...stacks.map(({ piece, whole }) => copy(piece, whole, 'to')),
        ...carries.flatMap(({ value, next }) => (next === value ? [] : [copy(next, value, null)])),
      ],
    },
  ]
  const copyPiece =
    (output: number) =>
    ({ value, from, to, length }: Piece): Copy => ({
      kind: 'copy',
      from: bufferId(value),
      to: bufferId(output),
      length,
      fromStride: 0,
      toStride: 0,
      fromStart: from,
      toStart: to,
    })
  const make = (kernel: PlanKernel): readonly ProgramStep[] =>
    kernel.copies === undefined ? [launch(kernel)] : kernel.copies.map(copyPiece(kernel.output))
  const toSteps = (steps: readonly PlanStep[]): readonly ProgramStep[] =>
    steps.flatMap((step) => (step.kind === 'kernel' ? make(step) : repeat(step)))
  const steps = toSteps(plan.steps)
  const inputBuffer = (name: string): number =>
    buffers.findIndex((buffer) => buffer.role === 'input' && buffer.name === name)
  const outputBuffer = (name: string): number =>
    bufferId(plan.outputs.find((output) => output.name === name)?.value ?? -1)
  return {
    target,
    buffers,
    kernels,
    steps,
    constants,
    inputs: inputNames.map(inputBuffer),
    outputs: plan.outputs.map(({ value }) => bufferId(value)),
    // A state that is replaced without being read has no input buffer to go back to.
    carries: carries
      .map(({ output, input }) => [outputBuffer(output), inputBuffer(input)] as const)
      .filter(([, input]) => input >= 0),
    flops: totalOf(plan.steps, ({ flops }) => flops),
    bytes: totalOf(plan.steps, trafficOf(plan)) + copiedBytes(steps),
    peakBytes,
  }
}
