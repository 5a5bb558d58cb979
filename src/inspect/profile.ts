/** Where the time of a simd program goes, kernel by kernel, and how near each comes to the machine's limits. */
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { SimdProgram } from '../compile/simd/program.js'
import type { TensorError } from '../error/error.js'
import type { SimdDevice } from '../run/simd/driver.js'
import type { Bandwidth, Limits } from './profile-limits.js'
import { CACHE_BYTES, measureLimits } from './profile-limits.js'
import type { Part, Skeleton } from './profile-part.js'
import { partsOf } from './profile-part.js'
import type { Clock } from './profile-time.js'
import { leastTime, timeOfStep } from './profile-time.js'

/** What some calls do in one run of the program, all of them together. */
export interface Spent {
  readonly count: number
  readonly ms: number
  readonly flops: number
  readonly bytes: number
  /** Milliseconds that the machine's limits allow at best, added up call by call. */
  readonly limitMs: number
}

export interface KernelSpent extends Spent {
  /** Number of the kernel in the program; null for copies, which need none. */
  readonly kernel: number | null
  readonly name: string
  readonly skeleton: Skeleton
  /** Why its algorithm was chosen, where a cost model did. */
  readonly reason: string | null
}

export interface Profile {
  readonly threads: number
  readonly limits: Limits
  /** The whole program as it runs, in milliseconds. */
  readonly wholeMs: number
  /** Each kernel of the program that runs, once, and the copies; the longest first. */
  readonly kernels: readonly KernelSpent[]
}

export interface ProfileOptions {
  /** Once through the whole program, with the values that are its own. */
  readonly run: TE.TaskEither<TensorError, unknown>
  readonly clock: Clock
  /** Milliseconds in which the whole is timed; both before the parts and after them. */
  readonly wholeMs: number
}

/** The better of two streams: what a kernel can hope for. */
export const bestOf = ({ copy, triad }: Bandwidth): number => Math.max(copy, triad)

/**
 * Milliseconds that one call needs at least: its operations at the peak or its bytes at the bandwidth, whichever is more.
 * What fits into the cores' caches, or only a chunk sees, comes at the bandwidth of the cache.
 */
export const limitOf = (
  { gflops, memory, cache }: Limits,
  { flops, bytes, localBytes }: Pick<Part, 'flops' | 'bytes' | 'localBytes'>,
  threads: number,
): number => {
  const isCached = bytes + localBytes <= CACHE_BYTES * threads
  const streamed = isCached ? 0 : bytes
  const cached = bytes + localBytes - streamed
  return Math.max(flops / gflops, streamed / bestOf(memory) + cached / bestOf(cache)) / 1e6
}

const zero: Spent = { count: 0, ms: 0, flops: 0, bytes: 0, limitMs: 0 }

const plus = (a: Spent, b: Spent): Spent => ({
  count: a.count + b.count,
  ms: a.ms + b.ms,
  flops: a.flops + b.flops,
  bytes: a.bytes + b.bytes,
  limitMs: a.limitMs + b.limitMs,
})

/** All of them together. */
export const totalSpent = (rows: readonly Spent[]): Spent => rows.reduce(plus, zero)

/** Rows with the same key together, the longest first. */
export const groupSpent = (
  rows: readonly KernelSpent[],
  keyOf: (row: KernelSpent) => string,
): readonly (readonly [key: string, spent: Spent])[] => {
  const byKey = new Map<string, Spent>()
  for (const row of rows) byKey.set(keyOf(row), plus(byKey.get(keyOf(row)) ?? zero, row))
  return [...byKey].sort(([, a], [, b]) => b.ms - a.ms)
}

const spentOn = (part: Part, ms: number, limits: Limits, threads: number): KernelSpent => ({
  kernel: part.kernel,
  name: part.name,
  skeleton: part.skeleton,
  reason: part.reason,
  count: part.count,
  ms: part.count * ms,
  flops: part.count * part.flops,
  bytes: part.count * (part.bytes + part.localBytes),
  limitMs: part.count * limitOf(limits, part, threads),
})

/** Calls of one kernel over operands of several lengths are one row. */
const perKernel = (rows: readonly KernelSpent[]): readonly KernelSpent[] => {
  const byKernel = new Map<number | null, KernelSpent>()
  for (const row of rows) {
    const known = byKernel.get(row.kernel)
    byKernel.set(row.kernel, known === undefined ? row : { ...known, ...plus(known, row) })
  }
  return [...byKernel.values()].sort((a, b) => b.ms - a.ms)
}

/**
 * Profiles a program that is loaded on the device: the limits, the whole as it runs, and each kernel alone on operands of
 * its own. Alone a kernel finds its operands where its last run left them, so that the sum of all may be less than
 * the whole. Errors: those of the device.
 */
export const profile =
  (
    device: SimdDevice,
    program: SimdProgram,
    { run, clock, wholeMs }: ProfileOptions,
  ): TE.TaskEither<TensorError, Profile> =>
  async () => {
    const whole = { ...clock, ms: wholeMs }
    const before = await leastTime(run, whole)
    if (E.isLeft(before)) return before
    const limits = await measureLimits(device, clock)()
    if (E.isLeft(limits)) return limits
    const rows: KernelSpent[] = []
    for (const part of partsOf(program)) {
      const amount = { flops: part.flops, bytes: part.bytes + part.localBytes }
      const ms = await timeOfStep(device, program, part.step, amount, clock)()
      if (E.isLeft(ms)) return ms
      rows.push(spentOn(part, ms.right, limits.right, device.threads))
    }
    const after = await leastTime(run, whole)
    if (E.isLeft(after)) return after
    return E.right({
      threads: device.threads,
      limits: limits.right,
      wholeMs: Math.min(before.right, after.right),
      kernels: perKernel(rows),
    })
  }
