/**
 * The logarithm and the power. x = 2^k m with m between √½ and √2, by the bits of x; log m is twice the inverse
 * hyperbolic tangent of (m − 1) / (m + 1).
 */
import {
  ONE_BITS,
  SIGN_BIT,
  abs,
  add,
  addInt,
  and,
  choose,
  div,
  eq,
  joined,
  le,
  least,
  lt,
  madd,
  most,
  mul,
  ne,
  or,
  polynomial,
  shiftLeft,
  shiftRight,
  splatInt,
  sub,
  subInt,
  upperHalf,
  xor,
} from './lanes.js'
import type { Lanes, Lanes1, Lanes2 } from './lanes.js'
import { splat } from './writer.js'

/** ln 2 in two parts; the first has 11 bits, so that a whole multiple of it is exact. */
const LN2_HIGH = 0.693359375
const LN2_LOW = -2.121944400546905e-4
const SMALLEST_NORMAL = 2 ** -126
const SMALLEST_NORMAL_BITS = 0x00800000
const SQRT_HALF_BITS = 0x3f3504f3

/** (2 artanh s − 2 s) / s³ by s², on 1/√2 ≤ (1 + s) / (1 − s) ≤ √2, to 2^-30. */
const LOG = [0.6666678190231323, 0.3997706472873688, 0.2988561689853668]

/** The bits of x less those of √½: k in the upper ones, m − √½ below. */
const offsetBits = (x: string): string => subInt(x, splatInt(SQRT_HALF_BITS))
const mantissa = (offset: string): string => addInt(and(offset, splatInt(0x7fffff)), splatInt(SQRT_HALF_BITS))

/** k ln 2 + log(1 + f) for f = m − 1. */
const logOf = (at: Lanes, k: string, f: string): string => {
  const s = at.let('s', div(f, add(f, splat(2))))
  const square = at.let('square', mul(s, s))
  const half = at.let('half', mul(f, mul(f, splat(0.5))))
  const rest = mul(square, polynomial(at, square, LOG))
  const small = madd(at, k, splat(LN2_LOW), mul(s, add(half, rest)))
  return madd(at, k, splat(LN2_HIGH), sub(f, sub(half, small)))
}

/** −∞ at 0, ∞ at ∞, NaN below 0 and of NaN; else what is given. */
const withEdges = (at: Lanes, x: string, finite: string): string => {
  const top = choose(at, eq(x, splat(Infinity)), splat(Infinity), finite)
  const bottom = choose(at, eq(x, splat(0)), splat(-Infinity), top)
  return or(bottom, `(v128.not ${le(splat(0), x)})`)
}

export const log: Lanes1 = (at, given) => {
  const x = at.let('x', given)
  // As integers, which is sooner known; what is below 0 does not matter.
  const isSmall = at.let('isSmall', `(i32x4.lt_s ${x} ${splatInt(SMALLEST_NORMAL_BITS)})`)
  const normal = choose(at, isSmall, mul(x, splat(2 ** 24)), x)
  const offset = at.let('offset', offsetBits(normal))
  const exponent = subInt(shiftRight(offset, 23), and(isSmall, splatInt(24)))
  const k = at.let('k', `(f32x4.convert_i32x4_s ${exponent})`)
  return withEdges(at, x, logOf(at, k, at.let('f', sub(mantissa(offset), splat(1)))))
}

/** log(1 + x), where what 1 + x lost by rounding goes into m − 1: exactly x for small x. */
export const log1p: Lanes1 = (at, given) => {
  const x = at.let('x', given)
  const sum = at.let('sum', add(x, splat(1)))
  const large = at.let('large', most(x, splat(1)))
  const lost = sub(least(x, splat(1)), sub(sum, large))
  const offset = at.let('offset', offsetBits(sum))
  const k = at.let('k', `(f32x4.convert_i32x4_s ${shiftRight(offset, 23)})`)
  // 2^−k; k = 128 would leave the range, but then nothing was lost.
  const shrink = `(i32x4.max_s ${subInt(splatInt(ONE_BITS), and(offset, splatInt(0xff800000)))} ${splatInt(0)})`
  const f = at.let('f', madd(at, lost, shrink, sub(mantissa(offset), splat(1))))
  return withEdges(at, sum, logOf(at, k, f))
}

/** log2((1 + s) / (1 − s)) / s by s², for float64, to 2^-45. */
const LOG2 = [
  2.88539008177785, 0.9617966941141267, 0.5770779421219951, 0.41220927736069835, 0.3199046769788646,
  0.2829144853058796,
]
/** (2^r − 1) / r on |r| ≤ ½, to 2^-28 of 2^r. */
const EXP2 = [
  0.6931471824645996, 0.24022650718688965, 0.05550359562039375, 0.009618062525987625, 0.0013390985550358891,
  0.00015462863666471094,
]

const splat64 = (value: number): string => `(f64x2.splat (f64.const ${value}))`
/** n + r = y log2 x of two lanes in float64, |n| ≤ 160 and |r| ≤ ½, as float32. */
const halfPower = (at: Lanes, k: string, m: string, y: string): readonly [n: string, r: string] => {
  const wide = at.let('m', `(f64x2.promote_low_f32x4 ${m})`)
  const s = at.let('s', `(f64x2.div (f64x2.sub ${wide} ${splat64(1)}) (f64x2.add ${wide} ${splat64(1)}))`)
  const square = at.let('square', `(f64x2.mul ${s} ${s})`)
  const series = LOG2.reduceRight(
    (rest, c) => (rest === '' ? splat64(c) : `(f64x2.add ${splat64(c)} (f64x2.mul ${square} ${rest}))`),
    '',
  )
  const log2 = `(f64x2.add (f64x2.convert_low_i32x4_s ${k}) (f64x2.mul ${s} ${series}))`
  const product = `(f64x2.mul (f64x2.promote_low_f32x4 ${y}) ${log2})`
  const bounded = at.let('w', `(f64x2.pmin (f64x2.pmax ${product} ${splat64(-160)}) ${splat64(160)})`)
  const n = at.let('n', `(f64x2.nearest ${bounded})`)
  return [`(f32x4.demote_f64x2_zero ${n})`, `(f32x4.demote_f64x2_zero (f64x2.sub ${bounded} ${n}))`]
}

/** |x|^y for a finite |x| > 0. */
const powerOfSize = (at: Lanes, size: string, y: string): string => {
  const isSmall = at.let('isSmall', lt(size, splat(SMALLEST_NORMAL)))
  const offset = at.let('offset', offsetBits(choose(at, isSmall, mul(size, splat(2 ** 24)), size)))
  const k = at.let('k', subInt(shiftRight(offset, 23), and(isSmall, splatInt(24))))
  const m = at.let('m', mantissa(offset))
  const [n0, r0] = halfPower(at, k, m, y)
  const [n1, r1] = halfPower(at, upperHalf(k), upperHalf(m), upperHalf(y))
  const n = at.let('n', `(i32x4.trunc_sat_f32x4_s ${joined(n0, n1)})`)
  const r = at.let('r', joined(r0, r1))
  const half = at.let('half', shiftRight(n, 1))
  const scale = (exponent: string): string => addInt(shiftLeft(exponent, 23), splatInt(ONE_BITS))
  const grown = madd(at, r, polynomial(at, r, EXP2), splat(1))
  return mul(mul(grown, scale(half)), scale(subInt(n, half)))
}

const generalPow: Lanes2 = (at, given, exponent) => {
  const x = at.let('x', given)
  const y = at.let('y', exponent)
  const size = at.let('size', abs(x))
  const isZero = at.let('isZero', eq(size, splat(0)))
  const isInfinite = eq(size, splat(Infinity))
  // At 0 and ∞ the result is 0 or ∞: the latter where just one of base and exponent is inverted.
  const edge = and(xor(lt(y, splat(0)), `(v128.not ${isZero})`), splat(Infinity))
  const value = choose(at, or(isZero, isInfinite), edge, powerOfSize(at, size, y))
  const half = at.let('half', mul(y, splat(0.5)))
  const isWhole = at.let('isWhole', eq(`(f32x4.trunc ${y})`, y))
  const isOdd = and(isWhole, ne(`(f32x4.trunc ${half})`, half))
  const signed = xor(value, and(and(x, isOdd), SIGN_BIT))
  const isFiniteNegative = and(lt(x, splat(0)), lt(splat(-Infinity), x))
  const isUndefined = or(`(v128.andnot ${isFiniteNegative} ${isWhole})`, or(ne(x, x), ne(y, y)))
  // 1^y is 1, also (−1)^±∞, and x^0, of NaN too.
  const endless = and(eq(size, splat(1)), eq(abs(y), splat(Infinity)))
  const isOne = or(or(eq(x, splat(1)), eq(y, splat(0))), endless)
  return choose(at, isOne, splat(1), or(signed, isUndefined))
}

const square = (x: string): string => mul(x, x)
const cube = (x: string): string => mul(square(x), x)

/** What a multiplication or two give as well. */
const SHORT: ReadonlyMap<string, Lanes1> = new Map<string, Lanes1>([
  [splat(-1), (_at, x) => div(splat(1), x)],
  [splat(1), (_at, x) => x],
  [splat(2), (at, text) => square(at.let('x', text))],
  [splat(3), (at, text) => cube(at.let('x', text))],
])
export const pow: Lanes2 = (at, x, y) => SHORT.get(y)?.(at, x) ?? generalPow(at, x, y)
