/** Operations on four lanes as text, and where the functions made of them put what they use twice. */
import { multiplyAdd, splat } from './writer.js'
import type { Features } from './kernel.js'

/** Where a function's body is written. */
export interface Lanes {
  readonly features: Features
  /** A name for a value that is used more than once. */
  readonly let: (hint: string, expression: string) => string
}

/** Functions of one and of two values, written in place. */
export type Lanes1 = (at: Lanes, x: string) => string
export type Lanes2 = (at: Lanes, x: string, y: string) => string

const op =
  (name: string) =>
  (...operands: readonly string[]): string =>
    `(${name} ${operands.join(' ')})`

export const add = op('f32x4.add')
export const sub = op('f32x4.sub')
export const mul = op('f32x4.mul')
export const div = op('f32x4.div')
export const abs = op('f32x4.abs')
export const neg = op('f32x4.neg')
export const lt = op('f32x4.lt')
export const le = op('f32x4.le')
export const eq = op('f32x4.eq')
export const ne = op('f32x4.ne')
export const and = op('v128.and')
export const or = op('v128.or')
export const xor = op('v128.xor')
export const addInt = op('i32x4.add')
export const subInt = op('i32x4.sub')
/** b where a < b, else a: a NaN in a stays, one in b does not. */
export const least = (a: string, bound: string): string => `(f32x4.pmin ${a} ${bound})`
export const most = (a: string, bound: string): string => `(f32x4.pmax ${a} ${bound})`

export const shiftLeft = (x: string, bits: number): string => `(i32x4.shl ${x} (i32.const ${bits}))`
/** Shifts copies of the sign in. */
export const shiftRight = (x: string, bits: number): string => `(i32x4.shr_s ${x} (i32.const ${bits}))`
export const splatInt = (value: number): string => `(i32x4.splat (i32.const ${value | 0}))`

export const madd = ({ features }: Lanes, a: string, b: string, c: string): string =>
  multiplyAdd(features, a, b, c)

/** x where the mask has ones, y where it has zeros; a mask is all of one in each lane. */
export const choose = ({ features }: Lanes, mask: string, x: string, y: string): string =>
  features.relaxed ? `(i32x4.relaxed_laneselect ${x} ${y} ${mask})` : `(v128.bitselect ${x} ${y} ${mask})`

/** c0 + t·(c1 + t·(…)). */
export const polynomial = (at: Lanes, t: string, coefficients: readonly number[]): string =>
  coefficients.reduceRight((rest, c) => (rest === '' ? splat(c) : madd(at, t, rest, splat(c))), '')

/**
 * The same as a tree (Estrin's scheme): a few multiplications more, and fewer operations that wait for each other.
 * Worth it for long polynomials; it rounds a little worse.
 */
export const treePolynomial = (at: Lanes, t: string, coefficients: readonly number[]): string => {
  const level = (power: string, terms: readonly string[]): string => {
    const [only = splat(0)] = terms
    if (terms.length <= 1) return only
    const paired = Array.from({ length: Math.ceil(terms.length / 2) }, (_, i) => {
      const [low = '', high] = terms.slice(2 * i, 2 * i + 2)
      return high === undefined ? low : madd(at, power, high, low)
    })
    return paired.length === 1 ? (paired[0] ?? only) : level(at.let('power', mul(power, power)), paired)
  }
  return level(t, coefficients.map(splat))
}

export const ONE_BITS = 0x3f800000
export const SIGN_BIT = splatInt(0x80000000)
/** The sign bit of x. */
export const signOf = (x: string): string => and(x, SIGN_BIT)

/** Adding 1.5 · 2^23 to |t| < 2^22 rounds to an integer, halves to even, and leaves it in the low bits. */
export const SHIFTER = 12582912
export const SHIFTER_BITS = 0x4b400000

/** The upper two lanes where the lower are, as float64 operations take them. */
export const upperHalf = (x: string): string =>
  `(i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 ${x} ${x})`
/** The lower two lanes of each, as four. */
export const joined = (low: string, high: string): string =>
  `(i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 ${low} ${high})`
