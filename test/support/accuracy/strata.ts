/**
 * Inputs that cover where an op is defined: sequences of low discrepancy, so that the first 2^n numbers are stratified
 * for every n, and those of a short run are among those of a long one.
 */
import type { Domain, Interval } from '../../../src/op/def.js'

const EVERYWHERE: Interval = [-(2 ** 127), 2 ** 127]
const SMALLEST_EXPONENT = -126
/** Where most numbers of a model lie. */
const NEAR: Interval = [-4, 4]

/** The bits of i mirrored at the point: the sequence of van der Corput in [0, 1). */
export const mirrored = (i: number): number => {
  let [rest, place, sum] = [i, 0.5, 0]
  while (rest > 0) {
    if (rest % 2 === 1) sum += place
    rest = Math.floor(rest / 2)
    place /= 2
  }
  return sum
}

const fraction = (x: number): number => x - Math.floor(x)

/** Coordinate `axis` of point i of a sequence that fills the cube of `axes` sides evenly (Roberts' generalised golden ratio). */
export const spread = (i: number, axis: number, axes: number): number => {
  if (axes === 1) return mirrored(i)
  // The root of g^(axes+1) = g + 1.
  const ratio = axes === 2 ? 1.324717957244746 : 1.2207440846057596
  return fraction(0.5 + i * fraction(ratio ** -(axis + 1)))
}

const linear = (u: number, [low, high]: Interval): number => low + (high - low) * u

/** By exponent and sign, from the smallest normal number, or the end of the interval nearest to 0, on. */
const byExponent = (u: number, [low, high]: Interval): number => {
  const negative = low < 0 && (high <= 0 || u < 0.5)
  const v = low < 0 && high > 0 ? fraction(2 * u) : u
  const [far, near] = negative ? [-low, Math.max(-high, 0)] : [high, Math.max(low, 0)]
  const from = near === 0 ? SMALLEST_EXPONENT : Math.log2(near)
  const to = Math.log2(far)
  const size = 2 ** (from + (to - from) * v)
  return negative ? -size : size
}

const within = (x: number, [low, high]: Interval): number => Math.min(Math.max(x, low), high)

const both = ([a, b]: Interval, [c, d]: Interval): Interval => {
  const common: Interval = [Math.max(a, c), Math.min(b, d)]
  return common[0] < common[1] ? common : [a, b]
}

/** Points that are tried in all combinations before the sequence begins. */
const marks = (interval: Interval): readonly number[] => [
  ...new Set([0, 1, -1, 0.5, -0.5, 2, 3, interval[0], interval[1]].filter((x) => x === within(x, interval))),
]

/** A third by exponent, a third linear over the whole interval, a third linear near 0 (or by exponent, if none is near). */
const number = (u: number, way: number, interval: Interval): number => {
  const isWide = interval[1] - interval[0] > 1e9
  if (way === 0 || (way === 1 && isWide)) return byExponent(u, interval)
  return linear(u, way === 1 ? interval : both(interval, NEAR))
}

/** Numbers `start` to `start + count` for each f32 operand: rows of the same place belong together. */
export const stratified = (
  ranges: readonly (Interval | undefined)[],
  start: number,
  count: number,
): readonly Float32Array[] => {
  const intervals = ranges.map((range) => range ?? EVERYWHERE)
  const points = intervals.map(marks)
  const combinations = points.reduce((product, { length }) => product * length, 1)
  const ways = 3 ** intervals.length
  return intervals.map((interval, axis) => {
    const own = points[axis] ?? []
    const before = points.slice(0, axis).reduce((product, { length }) => product * length, 1)
    return Float32Array.from({ length: count }, (_, k) => {
      const place = start + k
      if (place < combinations) return own[Math.floor(place / before) % own.length] ?? 0
      const i = place - combinations
      const way = Math.floor(i / 3 ** axis) % 3
      const u = spread(Math.floor(i / ways), axis, intervals.length)
      return within(Math.fround(number(u, way, interval)), interval)
    })
  })
}

/** Scatters the bits of two numbers: 32 bits. */
const scattered = (seed: number, stream: number): number => {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca77)) >>> 0
  state = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
  state = Math.imul(state ^ (state >>> 15), 0x735a2d97)
  return (state ^ (state >>> 15)) >>> 0
}

const inDomain = (domain: Exclude<Domain, 'apart'>, below: number, u: number): number => {
  if (typeof domain === 'object') return Math.floor(u * below)
  const part = fraction(2 * u)
  const sign = u < 0.5 ? -1 : 1
  switch (domain) {
    case 'any':
      // Linear, or by exponent.
      return part < 0.5 ? sign * 4 * part : sign * 2 ** (13 * (2 * part - 1) - 12)
    case 'positive':
      return linear(u, [0.25, 2])
    case 'nonzero':
      return sign * linear(part, [0.25, 2])
    case 'unit':
      return linear(u, [0.25, 0.98])
    case 'fractional':
      return (Math.floor(8 * u) - 4) / 2 + linear(fraction(8 * u), [0.125, 0.375])
    case 'power of two':
      return sign * 2 ** (Math.floor(3 * part) - 1)
    case 'bool':
      return u < 0.5 ? 0 : 1
    case 'key':
      return Math.floor(65536 * u)
  }
}

/**
 * Rows `start` to `start + rows` of `size` numbers of a domain. Every element runs through the domain with a step of
 * its own, so that each alone, and each pair, is stratified over the rows. `stream` tells inputs apart.
 */
export const domainRows = (
  domain: Exclude<Domain, 'apart'>,
  below: number,
  { start, rows, size, stream }: { start: number; rows: number; size: number; stream: number },
): Float32Array => {
  const steps = Float64Array.from({ length: size }, (_, e) => scattered(2 * e, stream) / 2 ** 32)
  const offsets = Float64Array.from({ length: size }, (_, e) => scattered(2 * e + 1, stream) / 2 ** 32)
  return Float32Array.from({ length: rows * size }, (_, flat) => {
    const row = start + Math.floor(flat / size)
    const e = flat % size
    return inDomain(domain, below, fraction((offsets[e] ?? 0) + row * (steps[e] ?? 0)))
  })
}

/** Rows of `size` numbers that differ by at least 1e-2 in magnitude within a row, and lie in [-2, 2] if that many fit. */
export const apartRows = (start: number, rows: number, size: number): Float32Array => {
  const slots = Math.max(128, 2 * size)
  const found = new Float32Array(rows * size)
  for (let row = 0; row < rows; row++) {
    const order = Array.from({ length: slots }, (_, i) => i + 1)
    for (let e = 0; e < size; e++) {
      const bits = scattered(start + row, 7919 * (e + 1))
      const chosen = e + (bits % (slots - e))
      const slot = order[chosen] ?? 1
      order[chosen] = order[e] ?? 1
      const magnitude = (slot + ((bits >>> 20) / 2 ** 12) * 0.3) / 64
      found[row * size + e] = (bits & 0x80000) === 0 ? magnitude : -magnitude
    }
  }
  return found
}
