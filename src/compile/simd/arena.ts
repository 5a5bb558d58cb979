/**
 * Places in one memory for values that live for some steps each. The largest first, each at the lowest place where
 * nothing that lives at the same time lies (greedy by size: Pisarchyk and Lee 2020), which comes close to the most that
 * lives at once.
 */

/** A value of `bytes` that lives from the start of step `from` to the end of step `to`. */
export interface Lifetime {
  readonly bytes: number
  readonly from: number
  readonly to: number
}

export interface Arena {
  /** Where each value lies, in bytes, in the order given. */
  readonly offsets: readonly number[]
  readonly bytes: number
}

/** Every buffer begins on a cache line of its own, so that no two threads write to one. */
export const ALIGNMENT = 64
export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

interface Placed {
  readonly start: number
  readonly end: number
  readonly from: number
  readonly to: number
}

/** The lowest start at which `bytes` fit between what is placed, which is sorted by start. */
const firstFit = (placed: readonly Placed[], { bytes, from, to }: Lifetime): number => {
  let start = 0
  for (const other of placed) {
    if (other.from > to || other.to < from) continue
    if (start + bytes <= other.start) return start
    start = Math.max(start, other.end)
  }
  return start
}

const insertSorted = (placed: Placed[], one: Placed): void => {
  const at = placed.findIndex(({ start }) => start > one.start)
  placed.splice(at < 0 ? placed.length : at, 0, one)
}

export const layOut = (lifetimes: readonly Lifetime[]): Arena => {
  const offsets = lifetimes.map(() => 0)
  const placed: Placed[] = []
  const largestFirst = [...lifetimes.entries()].sort(([i, a], [j, b]) => b.bytes - a.bytes || i - j)
  for (const [i, lifetime] of largestFirst) {
    const bytes = aligned(lifetime.bytes)
    const start = firstFit(placed, { ...lifetime, bytes })
    offsets[i] = start
    insertSorted(placed, { start, end: start + bytes, from: lifetime.from, to: lifetime.to })
  }
  return { offsets, bytes: placed.reduce((most, { end }) => Math.max(most, end), 0) }
}
