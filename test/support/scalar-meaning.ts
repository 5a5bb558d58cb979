import type { BinaryFn, UnaryFn } from '../../src/ir/scalar.js'

/** The meaning of the scalar functions in float64. */

/** The error function by its Maclaurin series, and by the continued fraction of its complement. */
export const erf = (x: number): number => {
  const size = Math.abs(x)
  if (size > 6) return Math.sign(x)
  if (size < 3) {
    let term = size
    let sum = size
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
      term *= (-size * size) / n
      sum += term / (2 * n + 1)
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = 0
  for (let n = 60; n >= 1; n -= 1) fraction = n / 2 / (size + fraction)
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction))
}

const roundEven = (x: number): number => {
  const low = Math.floor(x)
  const part = x - low
  return part > 0.5 || (part === 0.5 && low % 2 !== 0) ? low + 1 : low
}

export const unaryMeaning = (fn: UnaryFn, x: number): number => {
  switch (fn) {
    case 'neg':
      return -x
    case 'abs':
      return Math.abs(x)
    case 'sign':
      return x > 0 ? 1 : x < 0 ? -1 : 0
    case 'floor':
      return Math.floor(x)
    case 'ceil':
      return Math.ceil(x)
    case 'round':
      return roundEven(x)
    case 'trunc':
      return Math.trunc(x)
    case 'exp':
      return Math.exp(x)
    case 'expm1':
      return Math.expm1(x)
    case 'log':
      return Math.log(x)
    case 'log1p':
      return Math.log1p(x)
    case 'sqrt':
      return Math.sqrt(x)
    case 'rsqrt':
      return 1 / Math.sqrt(x)
    case 'reciprocal':
      return 1 / x
    case 'sin':
      return Math.sin(x)
    case 'cos':
      return Math.cos(x)
    case 'tanh':
      return Math.tanh(x)
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x))
    case 'erf':
      return erf(x)
    case 'not':
      return x !== 0 ? 0 : 1
  }
}

const WORD = 2 ** 24 - 1

export const binaryMeaning = (fn: BinaryFn, x: number, y: number): number => {
  switch (fn) {
    case 'add':
      return x + y
    case 'sub':
      return x - y
    case 'mul':
      return x * y
    case 'div':
      return x / y
    case 'max':
      return Math.max(x, y)
    case 'min':
      return Math.min(x, y)
    case 'pow':
      return Math.pow(x, y)
    case 'mod':
      return x - y * Math.floor(x / y)
    case 'lt':
      return Number(x < y)
    case 'le':
      return Number(x <= y)
    case 'gt':
      return Number(x > y)
    case 'ge':
      return Number(x >= y)
    case 'eq':
      return Number(x === y)
    case 'ne':
      return Number(x !== y)
    case 'and':
      return Number(x !== 0 && y !== 0)
    case 'or':
      return Number(x !== 0 || y !== 0)
    case 'iand':
      return x & y
    case 'ior':
      return x | y
    case 'ixor':
      return x ^ y
    case 'ishl':
      return (x << y) & WORD
    case 'ishr':
      return x >> y
  }
}
