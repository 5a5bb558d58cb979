/** Sine and cosine: x less a multiple n of π / 2, then one of two polynomials and a sign by n modulo 4. */
import {
  SHIFTER,
  add,
  addInt,
  and,
  choose,
  least,
  madd,
  most,
  mul,
  polynomial,
  shiftLeft,
  shiftRight,
  splatInt,
  sub,
  xor,
} from './lanes.js'
import type { Lanes, Lanes1 } from './lanes.js'
import { splat } from './writer.js'

/** π / 2 in four parts, the first three of 11 bits: a multiple below 2^13 of each is exact. */
const HALF_PI_PARTS = [1.5703125, 4.837512969970703e-4, 7.549533620476723e-8, 2.563344151594519e-12] as const
/** (sin r − r) / r³ by r², on |r| ≤ π / 4, to 2^-28. */
const SIN = [-0.16666653752326965, 0.008332150988280773, -0.00019513981533236802]
/** (cos r − 1 + r² / 2) / r⁴ by r², on |r| ≤ π / 4, to 2^-33. */
const COS = [0.04166664555668831, -0.0013887303648516536, 2.4431670681224205e-5]

/** The sine of x plus a number of quarter turns. */
const turnedSine = (at: Lanes, given: string, quarters: 0 | 1): string => {
  const x = at.let('x', given)
  const bits = at.let('bits', madd(at, x, splat(2 / Math.PI), splat(SHIFTER)))
  const n = at.let('n', sub(bits, splat(SHIFTER)))
  const [first, second, third, fourth] = HALF_PI_PARTS
  const near = at.let('near', madd(at, n, splat(-second), madd(at, n, splat(-first), x)))
  // Up to here all was exact. What the third step rounds off goes into the fourth.
  const step = at.let('step', mul(n, splat(third)))
  const high = at.let('high', sub(near, step))
  const low = madd(at, n, splat(-fourth), sub(sub(near, high), step))
  const left = add(high, low)
  // Of an |x| too large for the reduction the result is no longer a sine, but it stays in [−1, 1].
  const r = at.let('r', least(most(left, splat(-1)), splat(1)))
  const square = at.let('square', mul(r, r))
  const sin = madd(at, mul(r, square), polynomial(at, square, SIN), r)
  const cos = madd(
    at,
    mul(square, square),
    polynomial(at, square, COS),
    madd(at, square, splat(-0.5), splat(1)),
  )
  const quadrant = quarters === 0 ? bits : at.let('quadrant', addInt(bits, splatInt(quarters)))
  const isOdd = shiftRight(shiftLeft(quadrant, 31), 31)
  return xor(choose(at, isOdd, cos, sin), shiftLeft(and(quadrant, splatInt(2)), 30))
}

export const sin: Lanes1 = (at, x) => turnedSine(at, x, 0)
export const cos: Lanes1 = (at, x) => turnedSine(at, x, 1)
