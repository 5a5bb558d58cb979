/** Emit: a plan as a program for the simd target. Equal kernels are emitted once. */
import { emitSimdKernel } from '../../../kernels/simd/emit-kernel.js'
import type { Features, SimdKernel } from '../../../kernels/simd/kernel.js'
import { kernelKeys } from '../../ir/scalar-key.js'
import { sizeOf } from '../../shape/dim.js'
import type { Carry } from '../emit.js'
import { checkBudget, toScalarKernel, totalOf, trafficOf } from '../emit.js'
import type { Plan, PlanKernel, PlanLoop, PlanStep } from '../plan.js'
import type { BufferRole } from '../program.js'
import { ALIGNMENT, aligned, layOut } from './arena.js'
import type { Emitted } from './group.js'
import { groupRows } from './group.js'
import { toLaunch } from './launch.js'
import { inPlace } from './in-place.js'
import type { GroupedStep } from './lifetimes.js'
import { lifetimesOf } from './lifetimes.js'
import type { SimdBuffer, SimdCopy, SimdProgram, SimdStep } from './program.js'
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

/** Values that only kernels of one group touch. */
const localValues = (plan: Plan, steps: readonly GroupedStep[]): ReadonlySet<number> => {
  const elsewhere = new Set(plan.outputs.map(({ value }) => value))
  const homes = new Map<number, GroupedStep>()
  const made = new Set<number>()
  const touch = (value: number, home: GroupedStep): void => {
    if ((homes.get(value) ?? home) !== home) elsewhere.add(value)
    homes.set(value, home)
  }
  const walk = (all: readonly GroupedStep[]): void => {
    for (const step of all) {
      if (step.kind === 'launch') {
        for (const { plan: kernel } of step.group.members) {
          made.add(kernel.output)
          touch(kernel.output, step)
          kernel.inputs.forEach((value) => touch(value, step))
        }
        continue
      }
      const { carries, slices, stacks } = step.loop
      for (const value of [
        ...carries.flatMap(({ init, value: carried, next }) => [init, carried, next]),
        ...slices.flatMap(({ whole, slice }) => [whole, slice]),
        ...stacks.flatMap(({ piece, whole }) => [piece, whole]),
      ])
        elsewhere.add(value)
      walk(step.steps)
    }
  }
  walk(steps)
  return new Set([...made].filter((value) => !elsewhere.has(value)))
}

interface Buffers {
  readonly buffers: readonly SimdBuffer[]
  readonly bufferOf: ReadonlyMap<number, number>
  readonly constants: ReadonlyMap<number, Float32Array>
  readonly arenaBytes: number
}

/** A buffer for every value that is not local, at its place in the arena. */
const placed = (
  plan: Plan,
  steps: readonly GroupedStep[],
  local: ReadonlySet<number>,
  carried: ReadonlySet<string>,
  over: ReadonlyMap<number, number>,
): Buffers => {
  const lifetimes = lifetimesOf(steps)
  const last = Math.max(0, ...[...lifetimes.values()].map(({ to }) => to))
  const nameOf = new Map(plan.outputs.toReversed().map(({ name, value }) => [value, name]))
  const values = plan.values.flatMap(({ shape, origin }, value) => {
    const name = nameOf.get(value)
    const interval = lifetimes.get(value)
    const isKept = origin.kind === 'input' || origin.kind === 'constant' || name !== undefined
    if (local.has(value) || over.has(value) || (interval === undefined && !isKept)) return []
    const role: BufferRole =
      origin.kind === 'input'
        ? 'input'
        : origin.kind === 'constant'
          ? 'constant'
          : name === undefined
            ? 'temporary'
            : 'output'
    // A result that is the next run's input lies where the input lay, and must be there from the start.
    const isResult = role === 'output' && !carried.has(name ?? '')
    const from = role === 'temporary' || isResult ? (interval?.from ?? 0) : 0
    const to = role === 'temporary' ? (interval?.to ?? 0) : last
    const buffer = origin.kind === 'input' ? origin.name : name
    return [
      { value, role, from, to, length: sizeOf(shape), ...(buffer === undefined ? {} : { name: buffer }) },
    ]
  })
  const bufferOf = new Map(values.map(({ value }, i) => [value, i]))
  const arena = layOut(values.map(({ length, from, to }) => ({ bytes: BYTES * length, from, to })))
  return {
    buffers: values.map(({ length, role, name }, i) => ({
      length,
      role,
      offset: arena.offsets[i] ?? 0,
      ...(name === undefined ? {} : { name }),
    })),
    bufferOf: new Map([
      ...bufferOf,
      ...[...over].map(([next, state]) => [next, bufferOf.get(state) ?? -1] as const),
    ]),
    constants: new Map(
      values.flatMap(({ value }, i) => {
        const origin = plan.values[value]?.origin
        return origin?.kind === 'constant' ? [[i, origin.data] as const] : []
      }),
    ),
    // Loads may reach beyond the last buffer.
    arenaBytes: arena.bytes + ALIGNMENT,
  }
}

const copiesOf = (
  plan: Plan,
  bufferId: (value: number) => number,
): {
  readonly before: (loop: PlanLoop) => readonly SimdCopy[]
  readonly atStart: (loop: PlanLoop) => readonly SimdCopy[]
  readonly atEnd: (loop: PlanLoop) => readonly SimdCopy[]
} => {
  /** A copy whose moving side, if any, steps by the elements of one place. */
  const copy = (from: number, to: number, moving: 'from' | 'to' | null): SimdCopy => {
    const length = sizeOf(plan.values[moving === 'from' ? to : from]?.shape ?? [])
    return {
      kind: 'copy',
      from: bufferId(from),
      to: bufferId(to),
      length,
      fromStride: moving === 'from' ? length : 0,
      toStride: moving === 'to' ? length : 0,
    }
  }
  const present = ({ length }: SimdCopy): boolean => length > 0
  return {
    before: ({ carries }) => carries.map(({ init, value }) => copy(init, value, null)).filter(present),
    atStart: ({ slices }) => slices.map(({ whole, slice }) => copy(whole, slice, 'from')).filter(present),
    atEnd: ({ stacks, carries }) =>
      [
        ...stacks.map(({ piece, whole }) => copy(piece, whole, 'to')),
        ...carries.flatMap(({ value, next }) => (next === value ? [] : [copy(next, value, null)])),
      ].filter(present),
  }
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
  const { before, atStart, atEnd } = copiesOf(plan, bufferId)
  const toSteps = (all: readonly GroupedStep[]): readonly SimdStep[] =>
    all.flatMap((step): readonly SimdStep[] =>
      step.kind === 'launch'
        ? [toLaunch(plan, step.group, bufferOf)]
        : [
            ...before(step.loop),
            {
              kind: 'repeat',
              length: step.loop.length,
              reverse: step.loop.reverse,
              steps: [...atStart(step.loop), ...toSteps(step.steps), ...atEnd(step.loop)],
            },
          ],
    )
  const programSteps = toSteps(steps)
  const tableBytes = aligned(BYTES * Math.max(buffers.length, 1))
  const scratchBytes = aligned(scratchOf(programSteps)) + ALIGNMENT
  const peakBytes = tableBytes + arenaBytes + scratchBytes
  checkBudget('simd', plan, peakBytes)
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
