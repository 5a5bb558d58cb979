/**
 * Place: gives every value of a plan a buffer and every temporary a storage slot. Slots are reused as soon
 * as their last reader has run, by values of the same length.
 */
import { sizeOf } from '../shape/dim.js'
import type { Plan, PlanKernel } from './plan.js'
import type { BufferInfo, BufferRole } from './program.js'

export interface Placement {
  readonly buffers: readonly BufferInfo[]
  /** Buffer of each value of the plan, null for values nobody makes or reads. */
  readonly bufferOf: readonly (number | null)[]
  readonly constants: ReadonlyMap<number, Float32Array>
  readonly peakBytes: number
}

/** The position of the last kernel that reads each value. */
const lastReads = (kernels: readonly PlanKernel[]): ReadonlyMap<number, number> => {
  const last = new Map<number, number>()
  kernels.forEach((kernel, position) => kernel.inputs.forEach((value) => last.set(value, position)))
  return last
}

const BYTES = 4

export const place = (plan: Plan): Placement => {
  const results = new Set(plan.outputs.map(({ value }) => value))
  const last = lastReads(plan.kernels)
  const buffers: BufferInfo[] = []
  const bufferOf = new Array<number | null>(plan.values.length).fill(null)
  const constants = new Map<number, Float32Array>()
  const free = new Map<number, number[]>()
  const slotLengths: number[] = []
  const newSlot = (length: number): number => slotLengths.push(length) - 1
  const add = (value: number, length: number, role: BufferRole, storage: number, name?: string): void => {
    bufferOf[value] = buffers.push({ length, role, storage, ...(name === undefined ? {} : { name }) }) - 1
  }

  plan.values.forEach(({ shape, origin }, value) => {
    if (origin.kind === 'kernel') return
    const length = sizeOf(shape)
    if (origin.kind === 'input') add(value, length, 'input', newSlot(length), origin.name)
    else {
      constants.set(buffers.length, origin.data)
      add(value, length, 'constant', newSlot(length))
    }
  })
  plan.kernels.forEach((kernel, position) => {
    const length = sizeOf(kernel.shape)
    const isResult = results.has(kernel.output)
    const slot = isResult ? newSlot(length) : (free.get(length)?.pop() ?? newSlot(length))
    const name = plan.outputs.find(({ value }) => value === kernel.output)?.name
    add(kernel.output, length, isResult ? 'output' : 'temporary', slot, name)
    // Only after the launch: a kernel must not write the slot it reads.
    for (const value of new Set(kernel.inputs)) {
      const buffer = buffers[bufferOf[value] ?? -1]
      if (last.get(value) === position && buffer?.role === 'temporary')
        free.set(buffer.length, [...(free.get(buffer.length) ?? []), buffer.storage])
    }
  })
  return {
    buffers,
    bufferOf,
    constants,
    peakBytes: BYTES * slotLengths.reduce((sum, length) => sum + length, 0),
  }
}
