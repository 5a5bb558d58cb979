import { describe, expect, it } from 'vitest'
import { interpret } from '../../../src/run/reference.js'
import { unaryMeaning } from '../../support/scalar-meaning.js'
import { elementwiseOps, placesOf, printPlace, specialProgram } from '../../support/special-values.js'

/**
 * What IEEE 754 and JavaScript say of each op at 0, −0, ±∞, NaN, the largest and the smallest normal float32, written
 * by comparisons and JavaScript's own functions. NaN comes out of whatever NaN goes into, but where a line says so.
 */
type Expected = (...operands: readonly number[]) => number

const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0)
const both = (x: number, y: number, result: number): number =>
  Number.isNaN(x) || Number.isNaN(y) ? NaN : result

const greater: Expected = (x = NaN, y = NaN) => both(x, y, x > y || (x === y && !isNegative(x)) ? x : y)
const smaller: Expected = (x = NaN, y = NaN) => both(x, y, x < y || (x === y && isNegative(x)) ? x : y)

const power: Expected = (x, y) => {
  if (y === 0 || x === 1) return 1
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN
  if (x === -1 && Math.abs(y) === Infinity) return 1
  return x ** y
}

const remainder: Expected = (x, y) => {
  if (y === 0 || Math.abs(x) === Infinity) return NaN
  const rest = x % y
  return rest !== 0 && isNegative(rest) !== isNegative(y) ? rest + y : rest
}

const nearestEven: Expected = (x) => {
  if (!Number.isFinite(x) || Math.abs(x) > 2 ** 52) return x
  const sign = isNegative(x) ? -1 : 1
  // Adding 2^52 rounds a float64 to an integer, halves to even.
  return sign * (Math.abs(x) + 2 ** 52 - 2 ** 52)
}

const EXPECTED: Readonly<Record<string, Expected>> = {
  abs: (x = NaN) => (isNegative(x) ? -x : x),
  add: (x = NaN, y = NaN) => x + y,
  and: (x, y) => Number(x === 1 && y === 1),
  // A zero has no sign.
  atan2: (y = NaN, x = NaN) => Math.atan2(y === 0 ? 0 : y, x === 0 ? 0 : x),
  ceil: (x = NaN) => -Math.floor(-x),
  // No bound stops a NaN, and a NaN bound stops everything.
  clamp: (x = NaN, low = NaN, high = NaN) => smaller(greater(x, low), high),
  cos: (x = NaN) => Math.cos(-x),
  div: (x = NaN, y = NaN) => x / y,
  equal: (x, y) => Number(x === y),
  erf: (x = NaN) => (x === 0 ? x : unaryMeaning('erf', x)),
  exp: (x = NaN) => Math.E ** x,
  expm1: (x = NaN) => (Math.abs(x) < 1e-30 ? x : Math.E ** x - 1),
  floor: (x = NaN) => -Math.ceil(-x),
  gelu: (x = NaN) => (x === -Infinity ? 0 : 0.5 * x * (1 + unaryMeaning('erf', x / Math.SQRT2))),
  geluTanh: (x = NaN) =>
    x === -Infinity ? 0 : x / (1 + Math.E ** (-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  greater: (x = NaN, y = NaN) => Number(y < x),
  greaterEqual: (x = NaN, y = NaN) => Number(y < x || x === y),
  identity: (x = NaN) => x,
  isNaN: (x = NaN) => Number(!(x < 0) && !(x >= 0)),
  less: (x = NaN, y = NaN) => Number(y > x),
  lessEqual: (x = NaN, y = NaN) => Number(y > x || x === y),
  lerp: (x = NaN, y = NaN, t = NaN) => (t < 0.5 ? x + t * (y - x) : y - (1 - t) * (y - x)),
  log: (x = NaN) => (x < 0 ? NaN : x === 0 ? -Infinity : Math.log2(x) * Math.LN2),
  log1p: (x = NaN) => (Math.abs(x) < 1e-30 ? x : Math.log2(1 + x) * Math.LN2),
  maximum: greater,
  minimum: smaller,
  mod: remainder,
  mul: (x = NaN, y = NaN) => x * y,
  neg: (x = NaN) => x * -1,
  not: (x) => Number(x === 0),
  // NaN is unequal to everything, itself included.
  notEqual: (x, y) => Number(x !== y),
  or: (x, y) => Number(x === 1 || y === 1),
  pow: power,
  reciprocal: (x = NaN) => x ** -1,
  relu: (x = NaN) => (x > 0 || Number.isNaN(x) ? x : 0),
  round: nearestEven,
  rsqrt: (x = NaN) => (x === 0 ? 1 / x : x < 0 ? NaN : x ** -0.5),
  select: (condition, x = NaN, y = NaN) => (condition === 1 ? x : y),
  sigmoid: (x = NaN) => 1 / (1 + Math.E ** -x),
  sign: (x = NaN) => (x === 0 || Number.isNaN(x) ? x : x > 0 ? 1 : -1),
  sin: (x = NaN) => Math.sin(x),
  silu: (x = NaN) => (x === -Infinity ? 0 : x * (1 / (1 + Math.E ** -x))),
  softplus: (x = NaN) => (x > 100 ? x : Math.log2(1 + Math.E ** x) * Math.LN2),
  sqrt: (x = NaN) => (x === 0 ? x : x === -Infinity ? NaN : x ** 0.5),
  square: (x = NaN) => x ** 2,
  stopGradient: (x = NaN) => x,
  sub: (x = NaN, y = NaN) => x + -y,
  tanh: (x = NaN) => (Math.abs(x) < 1e-30 ? x : 1 - 2 / (Math.E ** (2 * x) + 1)),
  toFloat: (x = NaN) => x,
}

const RELATIVE = 1e-13

const isMet = (found: number, wanted: number): boolean =>
  Object.is(found, wanted) || (found !== 0 && Math.abs(found - wanted) <= RELATIVE * Math.abs(wanted))

describe('every elementwise op at 0, −0, ±∞, NaN, the largest and the smallest normal number', () => {
  it('is in the table', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(elementwiseOps.map(({ name }) => name).sort())
  })

  it.each(elementwiseOps.map((op) => [op.name, op] as const))('%s', (name, op) => {
    const { graph, bindings } = specialProgram([op])
    const found = interpret(graph, bindings).get(name)?.data ?? new Float64Array()
    const wanted = placesOf(op).map((place) => EXPECTED[name]?.(...place) ?? NaN)
    const missed = placesOf(op).flatMap((place, i) => {
      const [value = NaN, target = NaN] = [found[i], wanted[i]]
      return isMet(value, target) ? [] : [`${printPlace(op, place)} is ${value}, expected ${target}`]
    })
    expect(missed).toEqual([])
  })
})
