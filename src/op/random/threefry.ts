/**
 * Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
 * (SC 2011). A bijection of 64-bit counters chosen by a 64-bit key; its words are the random bits.
 *
 * It stands here twice, and the two are tested against each other and against the paper's known answers:
 * on 32-bit integers, the meaning; and on 16-bit halves as a scalar expression, because a kernel's variables
 * are float32 on most targets and hold a half exactly but not a word.
 */
import type { Scalar } from '../../ir/scalar.js'
import { binary, constant } from '../scalar-expression.js'

/** Two 32-bit words. */
export type Words = readonly [number, number]

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const
const PARITY = 0x1bd11bda
const ROUNDS = 20

/** A 32-bit word as the 16-bit halves a scalar expression can hold. */
export interface Halves {
  readonly high: Scalar
  readonly low: Scalar
}

/** The cipher over any representation of 32-bit words. */
interface WordArithmetic<W> {
  readonly add: (x: W, y: W) => W
  readonly xor: (x: W, y: W) => W
  readonly rotate: (x: W, by: number) => W
  readonly word: (value: number) => W
}

/** The block on 16-bit halves. Written over word arithmetic; the integer version below is written out apart from it. */
const encipher = <W>(
  { add, xor, rotate, word }: WordArithmetic<W>,
  key: readonly [W, W],
  counter: readonly [W, W],
): readonly [W, W] => {
  const keys = [key[0], key[1], xor(xor(word(PARITY), key[0]), key[1])] as const
  const keyAt = (i: number): W => keys[(i % 3) as 0 | 1 | 2]
  let x0 = add(counter[0], keys[0])
  let x1 = add(counter[1], keys[1])
  for (let round = 0; round < ROUNDS; round++) {
    x0 = add(x0, x1)
    x1 = xor(rotate(x1, ROTATIONS[round % 8] ?? 0), x0)
    const injection = (round + 1) / 4
    if (Number.isInteger(injection)) {
      x0 = add(x0, keyAt(injection))
      x1 = add(add(x1, keyAt(injection + 1)), word(injection))
    }
  }
  return [x0, x1]
}

const HALF_MASK = constant(0xffff)
const lowBits = (x: Scalar): Scalar => binary('iand', x, HALF_MASK)

/** (upper·2^by + lower / 2^(16 − by)) modulo 2^16, for 0 < by < 16: one half of a rotated word. */
const funnel = (upper: Scalar, lower: Scalar, by: number): Scalar =>
  binary('ior', lowBits(binary('ishl', upper, constant(by))), binary('ishr', lower, constant(16 - by)))

const halfArithmetic: WordArithmetic<Halves> = {
  add: (x, y) => {
    const low = binary('add', x.low, y.low)
    const high = binary('add', binary('add', x.high, y.high), binary('ishr', low, constant(16)))
    return { high: lowBits(high), low: lowBits(low) }
  },
  xor: (x, y) => ({ high: binary('ixor', x.high, y.high), low: binary('ixor', x.low, y.low) }),
  rotate: ({ high, low }, by) => {
    if (by === 16) return { high: low, low: high }
    const [upper, lower] = by > 16 ? [low, high] : [high, low]
    return { high: funnel(upper, lower, by % 16), low: funnel(lower, upper, by % 16) }
  },
  word: (value) => ({ high: constant(value >>> 16), low: constant(value & 0xffff) }),
}

/** The block of a counter as a scalar expression: no value in it reaches 2^24. */
export const threefryScalars = (
  key: readonly [Halves, Halves],
  counter: readonly [Halves, Halves],
): readonly [Halves, Halves] => encipher(halfArithmetic, key, counter)

const rotateLeft = (x: number, by: number): number => ((x << by) | (x >>> (32 - by))) >>> 0

/** Four rounds with the rotations from `first` on. */
const fourRounds = ([x, y]: Words, first: 0 | 4): Words => {
  let [a, b] = [x, y]
  for (const by of ROTATIONS.slice(first, first + 4)) {
    a = (a + b) >>> 0
    b = (rotateLeft(b, by) ^ a) >>> 0
  }
  return [a, b]
}

const plus = ([x, y]: Words, a: number, b: number): Words => [(x + a) >>> 0, (y + b) >>> 0]

/** The block of a counter on 32-bit integers. */
export const threefry = (key: Words, counter: Words): Words => {
  const [k0, k1] = key
  const k2 = (k0 ^ k1 ^ PARITY) >>> 0
  let block = fourRounds(plus(counter, k0, k1), 0)
  block = fourRounds(plus(block, k1, k2 + 1), 4)
  block = fourRounds(plus(block, k2, k0 + 2), 0)
  block = fourRounds(plus(block, k0, k1 + 3), 4)
  block = fourRounds(plus(block, k1, k2 + 4), 0)
  return plus(block, k2, k0 + 5)
}
