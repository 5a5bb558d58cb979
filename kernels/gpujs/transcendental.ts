import { declare, numberLiteral } from './emission.js'
import type { Emission } from './emission.js'
import type { Block } from './scope.js'

/**
 * The transcendental functions as plain arithmetic, where a target's own are inaccurate or slow. On webasm
 * Math.exp and the like call back into JavaScript for every lane; shaders may be off by 2^-11 in a sine and by
 * 3 + 2|x| units in exp(x), lose NaN, and have no erf. Polynomials are minimax fits of the relative error (Remez exchange) with coefficients rounded to
 * float32. `cpu` uses JavaScript's functions in float64. The bounds held are in kernels/README.md.
 */
type Function1 = (e: Emission, at: Block, x: string) => string

/** c0 + t·(c1 + t·(…)), as text. */
const polynomial = (e: Emission, t: string, coefficients: readonly number[]): string =>
  coefficients.reduceRight(
    (rest, c) => (rest === '' ? numberLiteral(e, c) : `(${numberLiteral(e, c)} + ${t} * ${rest})`),
    '',
  )

const isPlain = (e: Emission): boolean => e.target === 'cpu'

/** ln 2 in two parts; the first has 11 bits, so that a whole multiple of it is exact. */
const LN2_HIGH = 0.693359375
const LN2_LOW = -2.121944400546905e-4
const STEPS = [64, 32, 16, 8, 4, 2, 1] as const

/** 2^n for an integer |n| ≤ 127, from its binary digits: gpu.js has no way to set an exponent. */
const powerOfTwo = (e: Emission, at: Block, n: string): string => {
  let left = declare(e, at, `Math.abs(${n})`)
  let scale = ''
  for (const step of STEPS) {
    const factor = declare(e, at, `(${left} >= ${step} ? ${2 ** step} : 1)`)
    left = declare(e, at, `(${left} >= ${step} ? ${left} - ${step} : ${left})`)
    scale = scale === '' ? factor : declare(e, at, `${scale} * ${factor}`)
  }
  return declare(e, at, `(${n} < 0 ? 1 / ${scale} : ${scale})`)
}

/** (e^r − 1 − r) / r² on |r| ≤ ln 2 / 2, to 2^-28. */
const EXP = [
  0.4999999403953552, 0.16666515171527863, 0.04166845604777336, 0.008369418792426586, 0.0013813144760206342,
]

export const exponential: Function1 = (e, at, text) => {
  if (isPlain(e)) return `Math.exp(${text})`
  const given = declare(e, at, text)
  // Comparisons, because a shader's min and max may drop a NaN.
  const x = declare(e, at, `(${given} > 89 ? 89 : (${given} < -104 ? -104 : ${given}))`)
  const n = declare(e, at, `Math.floor(${x} * ${Math.LOG2E} + 0.5)`)
  const r = declare(e, at, `(${x} - ${n} * ${LN2_HIGH}) - ${n} * (${LN2_LOW})`)
  const p = declare(e, at, `(${r} * ${r} * ${polynomial(e, r, EXP)} + ${r}) + 1`)
  // 2^n in two halves, odd part first: nothing on the way leaves float32's range before the result does.
  const half = declare(e, at, `Math.floor(${n} * 0.5)`)
  const scale = powerOfTwo(e, at, half)
  return `(${p} * (${n} > ${half} * 2 ? 2 : 1) * ${scale} * ${scale})`
}

/** (e^x − 1 − x) / x² on |x| ≤ 1/2, to 2^-28. */
const EXPM1 = [
  0.5000000596046448, 0.1666666865348816, 0.04166531562805176, 0.008333072066307068, 0.0013997446512803435,
  0.00019993183377664536,
]

export const expm1: Function1 = (e, at, text) => {
  if (isPlain(e)) return `Math.expm1(${text})`
  const x = declare(e, at, text)
  const far = declare(e, at, `${exponential(e, at, x)} - 1`)
  return `(Math.abs(${x}) < 0.5 ? ${x} + ${x} * ${x} * ${polynomial(e, x, EXPM1)} : ${far})`
}

/** (2 artanh s − 2 s) / s³ by s², on 1/√2 ≤ (1 + s) / (1 − s) ≤ √2, to 2^-30. */
const LOG = [0.6666678190231323, 0.3997706472873688, 0.2988561689853668]

/** log((1 + s) / (1 − s)) for small s. */
const logOfRatio = (e: Emission, at: Block, sText: string): string => {
  const s = declare(e, at, sText)
  const square = declare(e, at, `${s} * ${s}`)
  return declare(e, at, `${s} * ${square} * ${polynomial(e, square, LOG)} + 2 * ${s}`)
}

/** The logarithm of a positive, finite number by halving it down to [1/√2, √2]. */
const halvedLog = (e: Emission, at: Block, xText: string): string => {
  const x = declare(e, at, xText)
  const isSmall = `${x} < 0.5`
  const isTiny = `${x} < 1.1754943508222875e-38`
  const normal = declare(e, at, `(${isTiny} ? ${x} * ${2 ** 30} : ${x})`)
  let y = declare(e, at, `(${isSmall} ? 1 / ${normal} : ${x})`)
  let halvings = declare(e, at, `(${isTiny} ? 30 : 0)`)
  for (const step of STEPS) {
    const next = declare(e, at, `(${y} >= ${2 ** step} ? ${y} * ${2 ** -step} : ${y})`)
    halvings = declare(e, at, `(${y} >= ${2 ** step} ? ${halvings} + ${step} : ${halvings})`)
    y = next
  }
  const isLow = `${y} < ${Math.fround(Math.SQRT1_2)}`
  const isHigh = `${y} > ${Math.fround(Math.SQRT2)}`
  const count = declare(e, at, `${halvings} + (${isHigh} ? 1 : (${isLow} ? -1 : 0))`)
  const reduced = declare(e, at, `${y} * (${isHigh} ? 0.5 : (${isLow} ? 2 : 1))`)
  const rest = logOfRatio(e, at, `(${reduced} - 1) / (${reduced} + 1)`)
  const whole = declare(e, at, `${count} * ${LN2_HIGH} + (${count} * (${LN2_LOW}) + ${rest})`)
  return declare(e, at, `(${isSmall} ? -${whole} : ${whole})`)
}

export const logarithm: Function1 = (e, at, text) => {
  if (isPlain(e)) return `Math.log(${text})`
  const x = declare(e, at, text)
  const finite = halvedLog(e, at, x)
  const infinite = numberLiteral(e, Infinity)
  const edge = declare(
    e,
    at,
    `(${x} === 0 ? -${infinite} : (${x} > 0 ? ${infinite} : ${infinite} - ${infinite}))`,
  )
  return `(${x} > 0 && ${x} < ${infinite} ? ${finite} : ${edge})`
}

export const log1p: Function1 = (e, at, text) => {
  if (isPlain(e)) return `Math.log1p(${text})`
  const x = declare(e, at, text)
  const near = logOfRatio(e, at, `${x} / (2 + ${x})`)
  return `(Math.abs(${x}) < 0.3 ? ${near} : ${logarithm(e, at, declare(e, at, `1 + ${x}`))})`
}

/** π / 2 in four parts, the first three of 11 bits: a multiple below 2^13 of each is exact. */
const HALF_PI_PARTS = [1.5703125, 4.837512969970703e-4, 7.549533620476723e-8, 2.563344151594519e-12] as const
/** (sin r − r) / r³ by r², on |r| ≤ π / 4, to 2^-28. */
const SIN = [-0.16666653752326965, 0.008332150988280773, -0.00019513981533236802]
/** (cos r − 1 + r² / 2) / r⁴ by r², on |r| ≤ π / 4, to 2^-33. */
const COS = [0.04166664555668831, -0.0013887303648516536, 2.4431670681224205e-5]

/** The sine of x plus a number of quarter turns. */
const turnedSine = (e: Emission, at: Block, text: string, quarters: 0 | 1): string => {
  const x = declare(e, at, text)
  const nearest = declare(e, at, `Math.floor(${x} * ${2 / Math.PI} + 0.5)`)
  const left = HALF_PI_PARTS.reduce((rest, part) => declare(e, at, `${rest} - ${nearest} * ${part}`), x)
  // Of an |x| too large for the reduction the result is no longer a sine, but it stays a bounded number.
  const r = declare(e, at, `(${left} > 1 ? 1 : (${left} < -1 ? -1 : ${left}))`)
  const square = declare(e, at, `${r} * ${r}`)
  const sin = declare(e, at, `${r} + ${r} * ${square} * ${polynomial(e, square, SIN)}`)
  const cos = declare(e, at, `1 - (0.5 * ${square} - ${square} * ${square} * ${polynomial(e, square, COS)})`)
  const turns = quarters === 0 ? nearest : declare(e, at, `${nearest} + ${quarters}`)
  const quadrant = declare(e, at, `${turns} - 4 * Math.floor(${turns} * 0.25)`)
  const value = declare(e, at, `(${quadrant} - 2 * Math.floor(${quadrant} * 0.5) > 0.5 ? ${cos} : ${sin})`)
  return `(${quadrant} > 1.5 ? -${value} : ${value})`
}

export const sine: Function1 = (e, at, x) => (isPlain(e) ? `Math.sin(${x})` : turnedSine(e, at, x, 0))

export const cosine: Function1 = (e, at, x) => (isPlain(e) ? `Math.cos(${x})` : turnedSine(e, at, x, 1))

/** (tanh x − x) / x³ by x², on |x| ≤ 0.6, to 2^-28. */
const TANH = [
  -0.33333298563957214, 0.13331924378871918, -0.053783830255270004, 0.020795971155166626,
  -0.005895158275961876,
]

export const hyperbolicTangent: Function1 = (e, at, text) => {
  if (isPlain(e)) return `Math.tanh(${text})`
  const x = declare(e, at, text)
  const size = declare(e, at, `Math.abs(${x})`)
  const square = declare(e, at, `${x} * ${x}`)
  const far = declare(e, at, `1 - 2 / (${exponential(e, at, `(2 * ${size})`)} + 1)`)
  return `(${size} < 0.6 ? ${x} + ${x} * ${square} * ${polynomial(e, square, TANH)} : (${x} < 0 ? -${far} : ${far}))`
}

/** erf x / x − 1 by x², on |x| ≤ 1, to 2^-29. */
const ERF = [
  0.12837916612625122, -0.3761262595653534, 0.11283588409423828, -0.02685391716659069, 0.0051885005086660385,
  -0.0008011561003513634, 7.858032040530816e-5,
]
/** (1 − erf x) e^(x²) / t by t = 1 / (1 + x / 2), on 1 ≤ x ≤ 4.2, to 2^-28 of erf. */
const ERFC = [
  0.2764427065849304, 0.3358793556690216, 0.045426834374666214, 0.5383473634719849, -0.19585253298282623,
]

export const erf: Function1 = (e, at, text) => {
  const x = declare(e, at, text)
  const square = declare(e, at, `${x} * ${x}`)
  const size = declare(e, at, `Math.abs(${x})`)
  const t = declare(e, at, `1 / (1 + 0.5 * ${size})`)
  const tail = declare(e, at, `1 - ${exponential(e, at, `(-${square})`)} * ${t} * ${polynomial(e, t, ERFC)}`)
  return `(${size} < 1 ? ${x} + ${x} * ${polynomial(e, square, ERF)} : (${x} < 0 ? -${tail} : ${tail}))`
}
