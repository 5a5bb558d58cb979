/**
 * Orders of an epoch: a Fisher–Yates shuffle driven by xoshiro128** (Blackman and Vigna, "Scrambled linear
 * pseudorandom number generators", ACM TOMS 2021). Integers only, so the order is the same on every machine.
 */

/** The four words of a generator's state; they must not all be zero. */
export type GeneratorState = readonly [number, number, number, number]

const rotateLeft = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/** A stream of xoshiro128**: each call gives the next integer from 0 to 2³² − 1. */
export const xoshiro128 = (seed: GeneratorState): (() => number) => {
  let [a, b, c, d] = seed
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
    return result
  }
}

/** The finaliser of MurmurHash3 (Appleby): a bijection of 32-bit words that mixes every bit. */
const mixed = (word: number): number => {
  const first = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  return second ^ (second >>> 16)
}

/** A state for a pair of 32-bit integers; different pairs give different states, none of them zero. */
const stateOf = (seed: number, stream: number): GeneratorState => {
  const first = mixed(seed + 0x9e3779b9)
  const second = mixed(stream ^ first)
  return [first, second, mixed(first + second), 0x9e3779b9]
}

/** An integer from 0 to `bound` − 1 without bias: draws above the last whole multiple of `bound` are discarded. */
const below = (next: () => number, bound: number): number => {
  const limit = 2 ** 32 - (2 ** 32 % bound)
  let drawn = next()
  while (drawn >= limit) drawn = next()
  return drawn % bound
}

/**
 * A permutation of 0 … count − 1 for one epoch: a function of count, seed and epoch alone.
 *
 * @param count below 2³²
 * @param seed from 0 to 2³² − 1
 */
export const epochOrder = (count: number, seed: number, epoch: number): Uint32Array => {
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  const next = xoshiro128(stateOf(seed, epoch))
  for (let last = count - 1; last > 0; last -= 1) {
    const chosen = below(next, last + 1)
    const kept = order[last] ?? 0
    order[last] = order[chosen] ?? 0
    order[chosen] = kept
  }
  return order
}
