/**
 * The exponential and what is made of it. All begin alike: x = n ln 2 + r with an integer n and |r| ≤ ln 2 / 2, and
 * e^r − 1 by a polynomial; 2^n is n shifted into the exponent. Polynomials are minimax fits of the relative error of
 * the result, with coefficients rounded to float32.
 */
import {
  ONE_BITS,
  SHIFTER,
  SIGN_BIT,
  abs,
  add,
  addInt,
  choose,
  div,
  le,
  least,
  lt,
  madd,
  most,
  mul,
  neg,
  or,
  polynomial,
  shiftLeft,
  signOf,
  splatInt,
  sub,
  treePolynomial,
} from './lanes.js'
import type { Lanes, Lanes1 } from './lanes.js'
import { splat } from './writer.js'

/** ln 2 in two parts; the first has 11 bits, so that a whole multiple of it is exact. */
const LN2_HIGH = 0.693359375
const LN2_LOW = -2.121944400546905e-4

/** (e^r − 1 − r) / r² on |r| ≤ ln 2 / 2, to 2^-26 of e^r − 1. */
const EXP = [
  0.4999999701976776, 0.1666654646396637, 0.04166744276881218, 0.008366257883608341, 0.0013869794784113765,
]

interface Reduced {
  /** n in the low bits, with the shifter's above. */
  readonly bits: string
  /** e^r − 1 */
  readonly part: string
}

/** |x| below 2^20; NaN gives a NaN part. */
const reduce = (at: Lanes, x: string): Reduced => {
  const bits = at.let('bits', madd(at, x, splat(Math.LOG2E), splat(SHIFTER)))
  const n = at.let('n', sub(bits, splat(SHIFTER)))
  const r = at.let('r', madd(at, n, splat(-LN2_LOW), madd(at, n, splat(-LN2_HIGH), x)))
  return { bits, part: madd(at, mul(r, r), polynomial(at, r, EXP), r) }
}

/** 2^n for −126 ≤ n ≤ 127 in the low bits; 0 below and infinity above by one. */
const scaleOf = (bits: string): string => addInt(shiftLeft(bits, 23), splatInt(ONE_BITS))

/** ln 2^-126 and ln 2^128, rounded towards 0: where results leave the normal numbers. */
const [LEAST, MOST] = [-87.33654022216797, 88.72283172607422]

/**
 * Results below 2^-126 are 0, as on a GPU: processors take a hundred times as long for such numbers, and a softmax or a
 * mask may be full of them. 2^n is added to the exponent; what that makes of x beyond the bounds is replaced.
 */
export const exp: Lanes1 = (at, given) => {
  const x = at.let('x', given)
  const { bits, part } = reduce(at, x)
  const scaled = addInt(add(part, splat(1)), shiftLeft(bits, 23))
  const within = `(v128.andnot ${scaled} ${lt(x, splat(LEAST))})`
  return choose(at, le(x, splat(MOST)), within, add(x, splat(Infinity)))
}

export const expm1: Lanes1 = (at, given) => {
  const x = at.let('x', least(most(given, splat(-20)), splat(89)))
  const { bits, part } = reduce(at, x)
  // By 2^(n−1), because 2^128 is infinite.
  const scale = at.let('scale', addInt(shiftLeft(bits, 23), splatInt(0x3f000000)))
  const sum = at.let('sum', madd(at, part, scale, sub(scale, splat(0.5))))
  return add(sum, sum)
}

/** e^x − 1 for −25 ≤ x ≤ 88: 2^n (e^r − 1) + (2^n − 1), where the second is exact. */
const shortExpm1 = (at: Lanes, x: string): string => {
  const { bits, part } = reduce(at, x)
  const scale = at.let('scale', scaleOf(bits))
  return madd(at, part, scale, sub(scale, splat(1)))
}

/** (e^2|x| − 1) / (e^2|x| + 1) with the sign of x, which from 10 on is 1. */
export const tanh: Lanes1 = (at, given) => {
  const x = at.let('x', given)
  const size = least(mul(abs(x), splat(2)), splat(20))
  const grown = at.let('grown', shortExpm1(at, at.let('twice', size)))
  return or(div(grown, add(grown, splat(2))), signOf(x))
}

/**
 * 1 / (1 + e^−x), as 2^n (e^r − 1) + (2^n + 1) below the line. A result below 2^-126 is 0: 2^n would be infinite
 * from 88.4 on.
 */
export const sigmoid: Lanes1 = (at, given) => {
  const opposite = at.let('opposite', neg(given))
  const { bits, part } = reduce(at, at.let('x', least(most(opposite, splat(-87)), splat(88))))
  const scale = at.let('scale', scaleOf(bits))
  const value = div(splat(1), madd(at, part, scale, add(scale, splat(1))))
  return `(v128.andnot ${value} ${lt(splat(-LEAST), opposite)})`
}

/** −log(1 − erf −x) / x − 1 on −3.93 ≤ x ≤ 0, to 2^-27.8 of erf; the 1 is apart, so that what is rounded is small. */
const ERF = [
  0.12837916612625122, -0.6366195678710938, 0.10277630388736725, 0.019147824496030807, -0.0001694948150543496,
  -0.0016756594413891435, -0.0006373498472385108, -0.00011885647109011188, -9.387347745359875e-6,
]

/** 1 − e^(−|x| (1 + P(−|x|))) with the sign of x; from 3.93 on it is 1. */
export const erf: Lanes1 = (at, given) => {
  const x = at.let('x', given)
  const size = at.let('size', most(or(x, SIGN_BIT), splat(-3.93)))
  const exponent = at.let('exponent', madd(at, size, treePolynomial(at, size, ERF), size))
  return or(abs(shortExpm1(at, exponent)), signOf(x))
}
