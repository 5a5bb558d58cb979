import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

/** From 2^52 on all numbers are integers; the sign is kept for what rounds to 0. */
const roundEven = (x: number): number => {
  if (!(Math.abs(x) < 2 ** 52)) return x
  const low = Math.floor(x)
  const part = x - low
  const nearest = part > 0.5 || (part === 0.5 && low % 2 !== 0) ? low + 1 : low
  return nearest === 0 && x < 0 ? -0 : nearest
}

export const roundOp = elementwise({
  name: 'round',
  doc: 'The nearest integer to each element, halves to the even one. Constant between its jumps, so no gradient flows.',
  operands: ['f32'],
  result: 'f32',
  value: roundEven,
  scalar: (x) => unary('round', x),
  partials: () => [null],
  domain: 'fractional',
  flops: 4,
  relative: 0,
  laws: ['odd', 'monotone', 'idempotent'],
})

/** The nearest integer to each element, halves to the even one. */
export const round = unaryCombinator(roundOp)
