/**
 * Which values of a plan have a buffer, and where. What only kernels of one launch touch has none: it lies in the scratch
 * of the thread at hand. A state moved in place shares the buffer of what it was.
 */
import { sizeOf } from '../../shape/dim.js'
import type { Plan } from '../plan.js'
import type { BufferRole } from '../program.js'
import { ALIGNMENT, layOut } from './arena.js'
import type { GroupedStep } from './lifetimes.js'
import { lifetimesOf } from './lifetimes.js'
import type { SimdBuffer } from './program.js'

const BYTES = 4

/** Values that only kernels of one group touch. */
export const localValues = (plan: Plan, steps: readonly GroupedStep[]): ReadonlySet<number> => {
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

export interface Buffers {
  readonly buffers: readonly SimdBuffer[]
  readonly bufferOf: ReadonlyMap<number, number>
  readonly constants: ReadonlyMap<number, Float32Array>
  readonly arenaBytes: number
}

/** A buffer for every value that is not local, at its place in the arena. */
export const placed = (
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
