/** Emit: a plan as a program for the simd target. Equal kernels are emitted once. */
import { emitSimdKernel } from '../../../kernels/simd/emit-kernel.js'
import type { Features, SimdKernel } from '../../../kernels/simd/kernel.js'
import { kernelKeys } from '../../ir/scalar-key.js'
import { sizeOf } from '../../shape/dim.js'
import type { Carry } from '../emit.js'
import { checkBudget, toScalarKernel, totalOf, trafficOf } from '../emit.js'
import type { Plan, PlanKernel, PlanStep } from '../plan.js'
import { ALIGNMENT, aligned } from './arena.js'
import { localValues, placed } from './buffers.js'
import { copiesOf } from './copies.js'
import type { Emitted } from './group.js'
import { groupRows } from './group.js'
import { toLaunch } from './launch.js'
import { inPlace } from './in-place.js'
import type { GroupedStep } from './lifetimes.js'
import type { SimdProgram, SimdStep } from './program.js'
import { scheduleText } from './schedule-text.js'

const BYTES = 4

/** Kernels as they come, each distinct one emitted once. */
const kernelTable = (plan: Plan, features: Features) => {
  const kernels: SimdKernel[] = []
  const byKey = new Map<string, Pick<Emitted, 'simd' | 'id'>>()
  const byText = new Map<string, number>()
  const keyOf = kernelKeys()
  const emitted = (kernel: PlanKernel): Emitted => {
    const scalarKernel = toScalarKernel(plan, kernel)
    const key = keyOf(scalarKernel)
    const known = byKey.get(key)
    if (known !== undefined) return { plan: kernel, ...known }
    const simd = emitSimdKernel(scalarKernel, features)
    // Kernels over more or fewer rows may have one text, but each has units of its own.
    const id = byText.get(simd.text) ?? kernels.push(simd) - 1
    byText.set(simd.text, id)
    byKey.set(key, { simd, id })
    return { plan: kernel, simd, id }
  }
  return { kernels, emitted }
}

/** Steps with neighbouring kernels grouped, and what each group became. */
const grouped = (
  steps: readonly PlanStep[],
  emitted: (kernel: PlanKernel) => Emitted,
): readonly GroupedStep[] => {
  const result: GroupedStep[] = []
  let waiting: readonly Emitted[] = []
  const flush = (): void => {
    groupRows(waiting).forEach((group) => result.push({ kind: 'launch', group }))
    waiting = []
  }
  for (const step of steps) {
    if (step.kind === 'kernel') {
      // What makes nothing is not run.
      if (sizeOf(step.shape) > 0) waiting = [...waiting, emitted(step)]
      continue
    }
    flush()
    result.push({ kind: 'loop', loop: step, steps: grouped(step.steps, emitted) })
  }
  flush()
  return result
}

const copiedBytes = (steps: readonly SimdStep[]): number =>
  steps.reduce((sum, step) => {
    if (step.kind === 'copy') return sum + 2 * BYTES * step.length
    return sum + (step.kind === 'repeat' ? step.length * copiedBytes(step.steps) : 0)
  }, 0)

const launchCount = (steps: readonly SimdStep[]): number =>
  steps.reduce((count, step) => {
    if (step.kind === 'launch') return count + 1
    return count + (step.kind === 'repeat' ? step.length * launchCount(step.steps) : 0)
  }, 0)

const scratchOf = (steps: readonly SimdStep[]): number =>
  steps.reduce((most, step) => {
    if (step.kind === 'repeat') return Math.max(most, scratchOf(step.steps))
    return step.kind === 'copy' ? most : Math.max(most, step.scratchOffset + step.scratchBytes)
  }, 0)

/** Groups as launches, loops as copies and what they repeat. */
const stepsOf = (
  plan: Plan,
  steps: readonly GroupedStep[],
  bufferOf: ReadonlyMap<number, number>,
): readonly SimdStep[] => {
  const { before, atStart, atEnd } = copiesOf(plan, (value) => bufferOf.get(value) ?? -1)
  return steps.flatMap((step): readonly SimdStep[] => {
    if (step.kind === 'launch') return [toLaunch(plan, step.group, bufferOf)]
    const { loop } = step
    const turn = [...atStart(loop), ...stepsOf(plan, step.steps, bufferOf), ...atEnd(loop)]
    return [...before(loop), { kind: 'repeat', length: loop.length, reverse: loop.reverse, steps: turn }]
  })
}

/** The program of a plan; inputs in the order in which it shall list them. */
export const emitSimd = (
  plan: Plan,
  inputNames: readonly string[],
  carries: readonly Carry[],
  features: Features,
): SimdProgram => {
  const { kernels, emitted } = kernelTable(plan, features)
  const steps = grouped(plan.steps, emitted)
  const local = localValues(plan, steps)
  const carried = new Set(carries.map(({ output }) => output))
  const valueOfInput = (name: string): number =>
    plan.values.findIndex(({ origin }) => origin.kind === 'input' && origin.name === name)
  const valueOfOutput = (name: string): number =>
    plan.outputs.find((output) => output.name === name)?.value ?? -1
  const over = inPlace(
    plan,
    steps,
    carries
      .map(({ output, input }) => [valueOfOutput(output), valueOfInput(input)] as const)
      .filter(([, state]) => state >= 0),
  )
  const { buffers, bufferOf, constants, arenaBytes } = placed(plan, steps, local, carried, over)
  const bufferId = (value: number): number => bufferOf.get(value) ?? -1
  const programSteps = stepsOf(plan, steps, bufferOf)
  const tableBytes = aligned(BYTES * Math.max(buffers.length, 1))
  const scratchBytes = aligned(scratchOf(programSteps)) + ALIGNMENT
  const peakBytes = tableBytes + arenaBytes + scratchBytes
  checkBudget(
    'simd',
    buffers.map(({ length }) => length),
    peakBytes,
  )
  const inputBuffer = (name: string): number => bufferId(valueOfInput(name))
  const outputBuffer = (name: string): number => bufferId(valueOfOutput(name))
  return {
    target: 'simd',
    buffers,
    kernels,
    steps: programSteps,
    schedule: scheduleText(programSteps, tableBytes + arenaBytes, scratchBytes, features),
    tableBytes,
    arenaBytes,
    scratchBytes,
    constants,
    inputs: inputNames.map(inputBuffer),
    outputs: plan.outputs.map(({ value }) => bufferId(value)),
    // A state that is replaced without being read has no input buffer to go back to; one in place is there.
    carries: carries
      .map(({ output, input }) => [outputBuffer(output), inputBuffer(input)] as const)
      .filter(([output, input]) => input >= 0 && output !== input),
    flops: totalOf(plan.steps, ({ flops }) => flops),
    bytes: totalOf(plan.steps, trafficOf(plan)) + copiedBytes(programSteps),
    peakBytes,
    launches: launchCount(programSteps),
  }
}
