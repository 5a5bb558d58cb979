/** A group of kernels as a launch: how large its chunks are, and where what only they see lies. */
import { sizeOf } from '../../shape/dim.js'
import type { Plan } from '../plan.js'
import { layOut } from './arena.js'
import { MOST_CHUNKS } from './schedule-text.js'
import type { Emitted, Group } from './group.js'
import type { Operand, SimdLaunch } from './program.js'

const BYTES = 4
/** What a chunk should cost at least, in flops or elements touched: about 10 µs, ten times a barrier. */
const CHUNK_COST = 60_000
/** Chunks a launch is divided into if it is large, so that a thread held up by the machine delays nobody for long. */
const CHUNKS = 32
/** Bytes that are local to a chunk at most, so that they stay in a core's cache. */
const LOCAL_BYTES = 2 ** 20

/**
 * Units that a chunk has where kernels first prepare operands for as many, local bytes or not: attention over 16,384
 * tokens takes 19.5 s with 5 rows at once, 12.8 with 24, 12.0 with 48, 12.5 with 96.
 */
const PREPARED_UNITS = 48
/** … unless they are more than this. */
const PREPARED_BYTES = 2 ** 25

const costOf = (plan: Plan, { members }: Group): number =>
  members.reduce(
    (sum, { plan: kernel }) =>
      sum +
      kernel.flops +
      [...new Set(kernel.inputs), kernel.output].reduce(
        (all, value) => all + sizeOf(plan.values[value]?.shape ?? []),
        0,
      ),
    0,
  )

/** Units of a chunk: a fixed number for each program, whatever the number of threads. */
const grainOf = (plan: Plan, group: Group, localUnitBytes: number): number => {
  const { members, units } = group
  const cost = costOf(plan, group)
  if (cost < 2 * CHUNK_COST) return units
  const prepared = members.reduce(
    (most, { simd }) => Math.max(most, Math.ceil(simd.grain / (simd.units / units))),
    1,
  )
  const wanted = Math.max(prepared, Math.ceil(units / CHUNKS), Math.ceil((units * CHUNK_COST) / cost))
  const unitsIn = (bytes: number): number =>
    localUnitBytes === 0 ? units : Math.floor(bytes / localUnitBytes)
  const fits = unitsIn(LOCAL_BYTES)
  const fewest = Math.max(
    1,
    Math.min(prepared, PREPARED_UNITS, unitsIn(PREPARED_BYTES)),
    Math.ceil(units / MOST_CHUNKS),
  )
  // Few chunks come in fours, so that two or four threads end together.
  const chunks = Math.ceil(units / Math.min(wanted, Math.max(fewest, fits)))
  return Math.ceil(units / (chunks < 16 ? 4 * Math.ceil(chunks / 4) : chunks))
}

/** The launch of a group; values without a buffer are local to it. */
export const toLaunch = (plan: Plan, group: Group, bufferOf: ReadonlyMap<number, number>): SimdLaunch => {
  const { members, units } = group
  const unitBytes = (value: number): number => (BYTES * sizeOf(plan.values[value]?.shape ?? [])) / units
  const locals = members.flatMap(({ plan: kernel }, from) =>
    bufferOf.has(kernel.output)
      ? []
      : [
          {
            value: kernel.output,
            from,
            to: members.findLastIndex(({ plan: reader }) => reader.inputs.includes(kernel.output)),
          },
        ],
  )
  const grain = grainOf(
    plan,
    group,
    locals.reduce((sum, { value }) => sum + unitBytes(value), 0),
  )
  const { offsets, bytes } = layOut(
    locals.map(({ value, from, to }) => ({ bytes: grain * unitBytes(value), from, to: Math.max(from, to) })),
  )
  const operand = (value: number): Operand => {
    const buffer = bufferOf.get(value)
    if (buffer !== undefined) return { kind: 'buffer', buffer }
    const place = locals.findIndex((local) => local.value === value)
    return { kind: 'local', offset: offsets[place] ?? 0, unitBytes: unitBytes(value) }
  }
  return {
    kind: 'launch',
    name: nameOf(members),
    calls: members.map(({ plan: kernel, simd, id }) => ({
      kernel: id,
      output: operand(kernel.output),
      inputs: kernel.inputs.map(operand),
      ratio: simd.units / units,
      work: { skeleton: kernel.skeleton, flops: kernel.flops },
    })),
    units,
    grain,
    scratchOffset: bytes,
    scratchBytes: members.reduce((most, { simd }) => Math.max(most, simd.scratchBytes), 0),
  }
}

/** The names of the kernels, those alike once. */
const nameOf = (members: readonly Emitted[]): string =>
  [...new Set(members.map(({ plan: { name } }) => name))].join(', ')
