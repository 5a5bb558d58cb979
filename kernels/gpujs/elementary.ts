import type { BinaryFn, UnaryFn } from '../../src/ir/scalar.js'
import { declare, isLiteral, numberLiteral } from './emission.js'
import type { Emission } from './emission.js'
import type { Block } from './scope.js'
import {
  cosine,
  erf,
  exponential,
  expm1,
  hyperbolicTangent,
  log1p,
  logarithm,
  sine,
} from './transcendental.js'

type Unary = (e: Emission, at: Block, x: string) => string

/** Halves go to the even neighbour; Math.round sends them up. */
const roundEven: Unary = (e, at, text) => {
  const x = declare(e, at, text)
  const low = declare(e, at, `Math.floor(${x})`)
  const part = declare(e, at, `${x} - ${low}`)
  const odd = declare(e, at, `${low} - 2 * Math.floor(${low} * 0.5)`)
  const nearest = declare(e, at, `${low} + (${part} > 0.5 ? 1 : (${part} < 0.5 ? 0 : ${odd}))`)
  // From 2^23 on all numbers are integers, and an infinity has no fraction.
  return `(Math.abs(${x}) < 8388608 ? ${nearest} : ${x})`
}

const UNARY: Record<UnaryFn, Unary> = {
  neg: (_e, _at, x) => `(-${x})`,
  abs: (_e, _at, x) => `Math.abs(${x})`,
  sign: (e, at, text) => {
    const x = declare(e, at, text)
    return declare(e, at, `(${x} > 0 ? 1 : (${x} < 0 ? -1 : ${x}))`)
  },
  floor: (e, at, x) => declare(e, at, `Math.floor(${x})`),
  ceil: (e, at, x) => declare(e, at, `Math.ceil(${x})`),
  round: roundEven,
  trunc: (e, at, x) => declare(e, at, `Math.trunc(${x})`),
  exp: exponential,
  expm1,
  log: logarithm,
  log1p,
  sqrt: (_e, _at, x) => `Math.sqrt(${x})`,
  rsqrt: (_e, _at, x) => `(1 / Math.sqrt(${x}))`,
  reciprocal: (_e, _at, x) => `(1 / ${x})`,
  sin: sine,
  cos: cosine,
  tanh: hyperbolicTangent,
  sigmoid: (e, at, x) => `(1 / (1 + ${exponential(e, at, `(-${x})`)}))`,
  erf,
  not: (e, at, x) => declare(e, at, `(${x} !== 0 ? 0 : 1)`),
}

export const emitUnary = (e: Emission, at: Block, fn: UnaryFn, x: string): string => UNARY[fn](e, at, x)

type Arithmetic = Exclude<BinaryFn, 'lt' | 'le' | 'gt' | 'ge' | 'eq' | 'ne' | 'and' | 'or' | `i${string}`>

/**
 * The floored remainder, from that of the magnitudes: x plus an opposite y much larger would lose x before it is
 * compared. A quotient that a GPU rounded across an integer is corrected; one too large to be exact leaves 0.
 */
const floorMod = (e: Emission, at: Block, xText: string, yText: string): string => {
  const x = declare(e, at, xText)
  const y = declare(e, at, yText)
  const size = declare(e, at, `Math.abs(${y})`)
  const quotient = declare(e, at, `Math.floor(Math.abs(${x}) / ${size})`)
  // An infinite y times a quotient of 0 would be NaN.
  const rough = declare(
    e,
    at,
    `(${quotient} === 0 ? Math.abs(${x}) : Math.abs(${x}) - ${size} * ${quotient})`,
  )
  const near = declare(
    e,
    at,
    `(${rough} < 0 ? ${rough} + ${size} : (${rough} >= ${size} ? ${rough} - ${size} : ${rough}))`,
  )
  const rest = declare(e, at, `(${near} < 0 || ${near} >= ${size} ? 0 : ${near})`)
  const signed = declare(e, at, `(${x} < 0 ? -${rest} : ${rest})`)
  const isOpposite = `(${x} < 0 && ${y} > 0) || (${x} > 0 && ${y} < 0)`
  return `(${rest} > 0 && (${isOpposite}) ? ${signed} + ${y} : ${signed})`
}

/** A shader's max and min may drop a NaN; what compares neither way is one, and so is the sum. */
export const extremum =
  (name: 'max' | 'min'): ((e: Emission, at: Block, x: string, y: string) => string) =>
  (e, at, xText, yText) => {
    if (e.target === 'cpu' || e.target === 'webasm') return `Math.${name}(${xText}, ${yText})`
    const x = isLiteral(xText) ? xText : declare(e, at, xText)
    const y = isLiteral(yText) ? yText : declare(e, at, yText)
    const [wins, loses] = name === 'max' ? ['>', '<='] : ['<', '>=']
    return declare(e, at, `(${x} ${wins} ${y} ? ${x} : (${x} ${loses} ${y} ? ${y} : ${x} + ${y}))`)
  }

/**
 * WGSL's pow is undefined for a negative base and wrong at 0 on SwiftShader, so shaders go by the logarithm:
 * the error grows to some 2 + |y log x| units. A negative base is defined where the exponent is an integer.
 */
const power = (e: Emission, at: Block, xText: string, yText: string): string => {
  const x = declare(e, at, xText)
  const y = declare(e, at, yText)
  // JavaScript has NaN for what IEEE 754 makes 1: 1^NaN, 1^∞ and (−1)^∞.
  const isOne = `(${x} === 1 || (${x} === -1 && Math.abs(${y}) === ${numberLiteral(e, Infinity)}))`
  if (e.target === 'cpu' || e.target === 'webasm') return `(${isOne} ? 1 : Math.pow(${x}, ${y}))`
  const size = declare(e, at, exponential(e, at, `(${y} * ${logarithm(e, at, `Math.abs(${x})`)})`))
  const infinite = numberLiteral(e, Infinity)
  const defined = declare(
    e,
    at,
    `(${x} >= 0 || ${x} === -${infinite} || Math.floor(${y}) === ${y} ? ${size} : ${infinite} - ${infinite})`,
  )
  const half = declare(e, at, `${y} * 0.5`)
  const signed = declare(
    e,
    at,
    `(${x} < 0 && Math.floor(${y}) === ${y} && Math.floor(${half}) !== ${half} ? -${defined} : ${defined})`,
  )
  return `(${y} === 0 || ${isOne} ? 1 : ${signed})`
}

const BINARY: Record<Arithmetic, (e: Emission, at: Block, x: string, y: string) => string> = {
  add: (_e, _at, x, y) => `(${x} + ${y})`,
  sub: (_e, _at, x, y) => `(${x} - ${y})`,
  mul: (_e, _at, x, y) => `(${x} * ${y})`,
  div: (_e, _at, x, y) => `(${x} / ${y})`,
  max: extremum('max'),
  min: extremum('min'),
  pow: power,
  mod: floorMod,
}

export const emitBinary = (e: Emission, at: Block, fn: Arithmetic, x: string, y: string): string =>
  BINARY[fn](e, at, x, y)
