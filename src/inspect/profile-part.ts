/**
 * The parts of a simd program: each distinct call of a kernel and each copy, how often a run does it, what it
 * computes and touches; and the program that does nothing but one of them, again and again.
 */
import type { Features } from '../../kernels/simd/kernel.js'
import { ALIGNMENT, aligned } from '../compile/simd/arena.js'
import type {
  Call,
  Operand,
  SimdBuffer,
  SimdCopy,
  SimdLaunch,
  SimdProgram,
  SimdStep,
} from '../compile/simd/program.js'
import { scheduleText } from '../compile/simd/schedule-text.js'

const BYTES = 4

/** What kernels are grouped by. */
export type Skeleton =
  | 'contraction'
  | 'convolution directly'
  | 'convolution by spectra'
  | 'window'
  | 'map'
  | 'reduce'
  | 'gather'
  | 'search'
  | 'copy'

/** What a part is taken from. */
export type Source = Pick<SimdProgram, 'kernels' | 'buffers' | 'constants' | 'flops' | 'bytes'>

export interface Part {
  /** A launch of one call, or a copy. */
  readonly step: SimdLaunch | SimdCopy
  /** Number of the kernel in the program; null for a copy. */
  readonly kernel: number | null
  readonly name: string
  readonly skeleton: Skeleton
  /** Why its algorithm was chosen, where a cost model did. */
  readonly reason: string | null
  /** Times that a run of the program does it. */
  readonly count: number
  /** Floating-point operations, once. */
  readonly flops: number
  /** Bytes of the buffers it reads and writes, each counted once. */
  readonly bytes: number
  /** Bytes that only its chunk sees, which stay in a core's cache. */
  readonly localBytes: number
}

const skeletonOf = (name: string, { work }: Call): Skeleton => {
  if (name.endsWith(' directly')) return 'convolution directly'
  if (name.endsWith(' by spectra')) return 'convolution by spectra'
  const skeleton = work?.skeleton ?? 'map'
  return skeleton === 'contract' ? 'contraction' : skeleton === 'slide' ? 'window' : skeleton
}

/** Operands, the same one once. */
const distinct = (operands: readonly Operand[]): readonly Operand[] => [
  ...new Map(operands.map((operand) => [JSON.stringify(operand), operand])).values(),
]

const partOf = ({ kernels, buffers }: Source, launch: SimdLaunch, call: Call, count: number): Part => {
  const name = kernels[call.kernel]?.name ?? ''
  const operands = distinct([call.output, ...call.inputs])
  const total = (bytesOf: (operand: Operand) => number): number =>
    operands.reduce((sum, operand) => sum + bytesOf(operand), 0)
  return {
    step: { ...launch, name, calls: [call] },
    kernel: call.kernel,
    name,
    skeleton: skeletonOf(name, call),
    reason: kernels[call.kernel]?.reason ?? null,
    count,
    flops: call.work?.flops ?? 0,
    bytes: total((operand) => (operand.kind === 'buffer' ? BYTES * lengthOf(buffers, operand.buffer) : 0)),
    localBytes: total((operand) => (operand.kind === 'local' ? operand.unitBytes * launch.units : 0)),
  }
}

const lengthOf = (buffers: readonly SimdBuffer[], buffer: number): number => buffers[buffer]?.length ?? 0

const copyPart = (step: SimdCopy, count: number): Part => ({
  // In one place: turn by turn it would leave buffers that are no longer than one piece.
  step: { ...step, fromStride: 0, toStride: 0 },
  kernel: null,
  name: 'copy',
  skeleton: 'copy',
  reason: null,
  count,
  flops: 0,
  bytes: 2 * BYTES * step.length,
  localBytes: 0,
})

const allParts = (source: Source, steps: readonly SimdStep[], count: number): readonly Part[] =>
  steps.flatMap((step): readonly Part[] => {
    if (step.kind === 'repeat') return allParts(source, step.steps, count * step.length)
    if (step.kind === 'copy') return [copyPart(step, count)]
    return step.calls.map((call) => partOf(source, step, call, count))
  })

/** Equal for parts that do the same work on operands of the same lengths. */
const keyOf = ({ buffers }: Source, { step }: Part): string => {
  if (step.kind === 'copy') return `copy ${step.length}`
  const order: number[] = []
  const shown = (operand: Operand): readonly unknown[] => {
    if (operand.kind === 'local') return ['local', operand.offset, operand.unitBytes]
    if (!order.includes(operand.buffer)) order.push(operand.buffer)
    return [order.indexOf(operand.buffer), lengthOf(buffers, operand.buffer)]
  }
  return JSON.stringify([
    step.units,
    step.grain,
    step.calls.map(({ kernel, ratio, work, inputs }) => [kernel, ratio, work?.flops, inputs.map(shown)]),
  ])
}

/** The distinct parts of a program in the order of its steps. Those in loops that never run are left out. */
export const partsOf = (program: SimdProgram): readonly Part[] => {
  const byKey = new Map<string, Part>()
  for (const part of allParts(program, program.steps, 1)) {
    if (part.count === 0) continue
    const key = keyOf(program, part)
    const known = byKey.get(key)
    byKey.set(key, known === undefined ? part : { ...known, count: known.count + part.count })
  }
  return [...byKey.values()]
}

/** The buffers that a step touches, by their numbers in the source. The result has one of its own, always. */
const touched = (
  step: SimdLaunch | SimdCopy,
): { readonly read: readonly number[]; readonly made: number } => {
  if (step.kind === 'copy') return { read: [step.from], made: step.to }
  const operands = step.calls.flatMap(({ inputs }) => inputs)
  const read = operands.flatMap((operand) => (operand.kind === 'buffer' ? [operand.buffer] : []))
  const output = step.calls[0]?.output
  return { read: [...new Set(read)], made: output?.kind === 'buffer' ? output.buffer : -1 }
}

/** The step with its buffers at new numbers. A result written over an operand would grow or fade from run to run. */
const renumbered = (step: SimdLaunch | SimdCopy): SimdLaunch | SimdCopy => {
  const { read } = touched(step)
  if (step.kind === 'copy') return { ...step, from: 0, to: read.length }
  const input = (operand: Operand): Operand =>
    operand.kind === 'buffer' ? { kind: 'buffer', buffer: read.indexOf(operand.buffer) } : operand
  const output = (operand: Operand): Operand =>
    operand.kind === 'buffer' ? { kind: 'buffer', buffer: read.length } : operand
  return {
    ...step,
    calls: step.calls.map((call) => ({
      ...call,
      output: output(call.output),
      inputs: call.inputs.map(input),
    })),
  }
}

/**
 * The program that does a step `times` times and nothing else. All it reads is in its buffers, the threads' scratch being
 * the last of them, so that its caller can fill it.
 */
export const programOfStep = (
  source: Source,
  step: SimdLaunch | SimdCopy,
  times: number,
  { threads, features }: { readonly threads: number; readonly features: Features },
): SimdProgram => {
  const { read, made } = touched(step)
  const scratchBytes =
    (step.kind === 'copy' ? 0 : aligned(step.scratchOffset + step.scratchBytes)) + ALIGNMENT
  const lengths = [
    ...[...read, ...(made < 0 ? [] : [made])].map((buffer) => lengthOf(source.buffers, buffer)),
    (scratchBytes * threads) / BYTES,
  ]
  let end = 0
  const buffers = lengths.map((length): SimdBuffer => {
    const offset = end
    end += aligned(BYTES * length) + ALIGNMENT
    return { length, role: 'temporary', offset }
  })
  const tableBytes = aligned(BYTES * buffers.length)
  const steps: readonly SimdStep[] = [
    { kind: 'repeat', length: times, reverse: false, steps: [renumbered(step)] },
  ]
  const scratchOffset = tableBytes + (buffers.at(-1)?.offset ?? 0)
  return {
    target: 'simd',
    buffers,
    kernels: source.kernels,
    steps,
    schedule: scheduleText(steps, scratchOffset, scratchBytes, features),
    tableBytes,
    arenaBytes: end,
    scratchBytes: 0,
    constants: new Map(
      read.flatMap((buffer, i) => {
        const values = source.constants.get(buffer)
        return values === undefined ? [] : [[i, values] as const]
      }),
    ),
    inputs: [],
    outputs: [],
    carries: [],
    // As in the source, which decides whether other threads are woken.
    flops: source.flops,
    bytes: source.bytes,
    peakBytes: tableBytes + end,
    launches: times,
  }
}
