/**
 * Place: gives every value of a plan a buffer and every temporary a storage slot. Slots are reused as soon
 * as their last reader has run, by values of the same length. What a loop carries, reads in slices and puts out in
 * pieces lives as long as the loop; what lives within one turn shares slots as outside.
 */
import { sizeOf } from '../shape/dim.js'
import type { Plan, PlanLoop, PlanStep } from './plan.js'
import { readsOf } from './plan.js'
import type { BufferInfo, BufferRole } from './program.js'

export interface Placement {
  readonly buffers: readonly BufferInfo[]
  /** Buffer of each value of the plan, null for values nobody makes or reads. */
  readonly bufferOf: readonly (number | null)[]
  readonly constants: ReadonlyMap<number, Float32Array>
  readonly peakBytes: number
}

/** The position of the last step that reads each value. */
const lastReads = (steps: readonly PlanStep[]): ReadonlyMap<number, number> => {
  const last = new Map<number, number>()
  steps.forEach((step, position) => readsOf(step).forEach((value) => last.set(value, position)))
  return last
}

const BYTES = 4

export const place = (plan: Plan): Placement => {
  const nameOf = new Map(plan.outputs.toReversed().map(({ name, value }) => [value, name]))
  const buffers: BufferInfo[] = []
  const bufferOf = new Array<number | null>(plan.values.length).fill(null)
  const constants = new Map<number, Float32Array>()
  const free = new Map<number, number[]>()
  const slotLengths: number[] = []
  const newSlot = (length: number): number => slotLengths.push(length) - 1
  const lengthOf = (value: number): number => sizeOf(plan.values[value]?.shape ?? [])
  const add = (value: number, length: number, role: BufferRole, storage: number, name?: string): void => {
    bufferOf[value] = buffers.push({ length, role, storage, ...(name === undefined ? {} : { name }) }) - 1
  }
  /** Room for what a step makes; results have slots of their own. */
  const make = (value: number): void => {
    const length = lengthOf(value)
    const name = nameOf.get(value)
    if (name !== undefined) add(value, length, 'output', newSlot(length), name)
    else add(value, length, 'temporary', free.get(length)?.pop() ?? newSlot(length))
  }
  const release = (value: number): void => {
    const buffer = buffers[bufferOf[value] ?? -1]
    if (buffer?.role === 'temporary')
      free.set(buffer.length, [...(free.get(buffer.length) ?? []), buffer.storage])
  }

  /** Places steps in order; gives what they made and did not release, `kept` included. */
  const placeSteps = (steps: readonly PlanStep[], kept: ReadonlySet<number>): ReadonlySet<number> => {
    const last = lastReads(steps)
    const alive = new Set<number>()
    steps.forEach((step, position) => {
      const made =
        step.kind === 'kernel'
          ? [step.output]
          : [...step.carries.map(({ value }) => value), ...step.stacks.map(({ whole }) => whole)]
      made.forEach(make)
      made.forEach((value) => alive.add(value))
      if (step.kind === 'loop') placeLoop(step)
      // Only after the step: a kernel must not write the slot it reads.
      for (const value of new Set(readsOf(step)))
        if (last.get(value) === position && alive.has(value) && !kept.has(value)) {
          release(value)
          alive.delete(value)
        }
    })
    return alive
  }

  const placeLoop = ({ carries, slices, stacks, steps }: PlanLoop): void => {
    slices.forEach(({ slice }) => make(slice))
    const untilTheTurnEnds = new Set([
      ...carries.map(({ next }) => next),
      ...stacks.map(({ piece }) => piece),
    ])
    placeSteps(steps, untilTheTurnEnds).forEach(release)
    slices.forEach(({ slice }) => release(slice))
  }

  plan.values.forEach(({ origin }, value) => {
    const length = lengthOf(value)
    if (origin.kind === 'input') add(value, length, 'input', newSlot(length), origin.name)
    if (origin.kind === 'constant') {
      constants.set(buffers.length, origin.data)
      add(value, length, 'constant', newSlot(length))
    }
  })
  placeSteps(plan.steps, new Set())
  return {
    buffers,
    bufferOf,
    constants,
    peakBytes: BYTES * slotLengths.reduce((sum, length) => sum + length, 0),
  }
}
