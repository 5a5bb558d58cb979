/** The floored remainder and whole numbers below 2^24. */
import { ONE_BITS, add, addInt, joined, mul, shiftLeft, splatInt, sub, subInt, upperHalf } from './lanes.js'
import type { Lanes, Lanes2 } from './lanes.js'
import { splat } from './writer.js'

/** Two lanes in float64, where y times the quotient is exact as long as the quotient is below 2^29. */
const halfMod = (at: Lanes, xText: string, yText: string): string => {
  const x = at.let('x', `(f64x2.promote_low_f32x4 ${xText})`)
  const y = at.let('y', `(f64x2.promote_low_f32x4 ${yText})`)
  const zero = '(f64x2.splat (f64.const 0))'
  const quotient = at.let('quotient', `(f64x2.floor (f64x2.div ${x} ${y}))`)
  // An infinite y times a quotient of 0 would be NaN.
  const whole = `(v128.and (f64x2.mul ${y} ${quotient}) (f64x2.ne ${quotient} ${zero}))`
  const rough = at.let('rough', `(f64x2.sub ${x} ${whole})`)
  // Where the quotient was rounded across an integer, or −0, the sign is that of −y.
  const isOpposite = `(v128.and (f64x2.ne ${rough} ${zero}) (v128.xor (f64x2.lt ${rough} ${zero}) (f64x2.lt ${y} ${zero})))`
  const rest = `(f64x2.add ${rough} (v128.and ${isOpposite} ${y}))`
  // A quotient too large to be exact leaves 0; NaN stays.
  const isOutside = `(f64x2.gt (f64x2.abs ${rough}) (f64x2.abs ${y}))`
  return `(f32x4.demote_f64x2_zero (v128.andnot ${rest} ${isOutside}))`
}

/** x − y ⌊x / y⌋, between 0 and y. */
export const mod: Lanes2 = (at, xText, yText) => {
  const x = at.let('x', xText)
  const y = at.let('y', yText)
  return joined(halfMod(at, x, y), halfMod(at, upperHalf(x), upperHalf(y)))
}

/** A whole number in [0, 2^24) as a word of bits. */
const toInt = ({ features }: Lanes, x: string): string =>
  features.relaxed ? `(i32x4.relaxed_trunc_f32x4_s ${x})` : `(i32x4.trunc_sat_f32x4_s ${x})`

export const bitwise =
  (name: 'and' | 'or' | 'xor'): Lanes2 =>
  (at, x, y) =>
    `(f32x4.convert_i32x4_s (v128.${name} ${toInt(at, x)} ${toInt(at, y)}))`

/** 0 ≤ y < 24 in the place of a float32's exponent, with bits of no use above it. */
const asExponent = (y: string): string => shiftLeft(add(y, splat(2 ** 23)), 23)

/** x · 2^y is exact; what is at or above 2^24 is taken off. */
export const shiftedLeft: Lanes2 = (at, x, y) => {
  const product = at.let('product', mul(x, addInt(asExponent(y), splatInt(ONE_BITS))))
  return sub(product, mul(`(f32x4.floor ${mul(product, splat(2 ** -24))})`, splat(2 ** 24)))
}

export const shiftedRight: Lanes2 = (_at, x, y) =>
  `(f32x4.floor ${mul(x, subInt(splatInt(ONE_BITS), asExponent(y)))})`
