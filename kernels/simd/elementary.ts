/** The scalar functions over four lanes. The bounds they hold are in README.md, section «Elementary functions». */
import type { BinaryFn, UnaryFn } from '../../src/ir/scalar.js'
import { cos, sin } from './circular.js'
import { erf, exp, expm1, sigmoid, tanh } from './exponential.js'
import { abs, add, and, choose, div, eq, lt, mul, ne, or, signOf, sub } from './lanes.js'
import type { Lanes, Lanes1, Lanes2 } from './lanes.js'
import { log, log1p, pow } from './logarithm.js'
import { bitwise, mod, shiftedLeft, shiftedRight } from './remainder.js'
import type { Writer } from './writer.js'
import { splat } from './writer.js'

const named =
  (name: string) =>
  (_at: Lanes, ...operands: readonly string[]): string =>
    `(f32x4.${name} ${operands.join(' ')})`

/** ±1 with the sign of x; 0 and NaN stay. */
const sign: Lanes1 = (at, text) => {
  const x = at.let('x', text)
  return choose(at, lt(splat(0), abs(x)), or(signOf(x), splat(1)), x)
}

const UNARY: Record<UnaryFn, Lanes1> = {
  neg: named('neg'),
  abs: named('abs'),
  sign,
  floor: named('floor'),
  ceil: named('ceil'),
  round: named('nearest'),
  trunc: named('trunc'),
  exp,
  expm1,
  log,
  log1p,
  sqrt: named('sqrt'),
  rsqrt: (_at, x) => div(splat(1), `(f32x4.sqrt ${x})`),
  reciprocal: (_at, x) => div(splat(1), x),
  sin,
  cos,
  tanh,
  sigmoid,
  erf,
  not: (_at, x) => and(eq(x, splat(0)), splat(1)),
}

/** A number in every lane that is not NaN. */
const isConstant = (text: string): boolean => /^\(f32x4\.splat \(f32\.const [^n)]+\)\)$/.test(text)

/** The engine's max and min take eight instructions to order zeros and to keep NaN; a comparison takes one. */
const extremum =
  (pick: 'pmax' | 'pmin'): Lanes2 =>
  (at, x, y) => {
    if (isConstant(y)) return `(f32x4.${pick} ${x} ${y})`
    if (isConstant(x)) return `(f32x4.${pick} ${y} ${x})`
    const second = at.let('y', y)
    return or(`(f32x4.${pick} ${x} ${second})`, ne(second, second))
  }

const truth =
  (comparison: string): Lanes2 =>
  (_at, x, y) =>
    and(`(f32x4.${comparison} ${x} ${y})`, splat(1))

const connective =
  (name: 'and' | 'or'): Lanes2 =>
  (_at, x, y) =>
    and(`(v128.${name} ${ne(x, splat(0))} ${ne(y, splat(0))})`, splat(1))

const BINARY: Record<BinaryFn, Lanes2> = {
  add: (_at, x, y) => add(x, y),
  sub: (_at, x, y) => sub(x, y),
  mul: (_at, x, y) => mul(x, y),
  div: (_at, x, y) => div(x, y),
  max: extremum('pmax'),
  min: extremum('pmin'),
  pow,
  mod,
  lt: truth('lt'),
  le: truth('le'),
  gt: truth('gt'),
  ge: truth('ge'),
  eq: truth('eq'),
  ne: truth('ne'),
  and: connective('and'),
  or: connective('or'),
  iand: bitwise('and'),
  ior: bitwise('or'),
  ixor: bitwise('xor'),
  ishl: shiftedLeft,
  ishr: shiftedRight,
}

const inPlace = (w: Writer): Lanes => ({
  features: w.features,
  let: (hint, expression) => w.let('v128', hint, expression),
})

/** A function of four lanes, an expression of f32x4 that is used once; what it needs is written before. */
export const unary = (w: Writer, fn: UnaryFn, x: string): string => UNARY[fn](inPlace(w), x)

/** A function of two times four lanes. */
export const binary = (w: Writer, fn: BinaryFn, x: string, y: string): string => BINARY[fn](inPlace(w), x, y)
