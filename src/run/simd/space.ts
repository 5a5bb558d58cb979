/** Regions of an address space: which are free, first fit, neighbours joined. Plain data and pure functions. */

/** Addresses from `start` to before `end`. */
export interface Region {
  readonly start: number
  readonly end: number
}

/** What is free, sorted; no two regions touch. */
export type Space = readonly Region[]

/** Regions begin at multiples of this, a cache line, so that no two share one. */
export const ALIGNMENT = 64

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

/** All of a region is free; it begins at a multiple of 64. */
export const emptySpace = (region: Region): Space => [region]

export interface Taken {
  readonly space: Space
  readonly region: Region
}

/** The lowest region of at least `bytes`, and what is free without it; null where none is long enough. */
export const take = (space: Space, bytes: number): Taken | null => {
  const length = Math.max(aligned(bytes), ALIGNMENT)
  const at = space.findIndex(({ start, end }) => end - start >= length)
  const found = space[at]
  if (found === undefined) return null
  const region = { start: found.start, end: found.start + length }
  const rest = region.end < found.end ? [{ start: region.end, end: found.end }] : []
  return { region, space: [...space.slice(0, at), ...rest, ...space.slice(at + 1)] }
}

/** Frees a region that was taken. */
export const give = (space: Space, region: Region): Space => {
  const before = space.filter(({ end }) => end <= region.start)
  const after = space.filter(({ start }) => start >= region.end)
  const left = before.at(-1)
  const right = after[0]
  const joinsLeft = left !== undefined && left.end === region.start
  const joinsRight = right !== undefined && right.start === region.end
  return [
    ...(joinsLeft ? before.slice(0, -1) : before),
    { start: joinsLeft ? left.start : region.start, end: joinsRight ? right.end : region.end },
    ...(joinsRight ? after.slice(1) : after),
  ]
}
