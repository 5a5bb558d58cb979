import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

/** The exponential of a number that is not positive never overflows. */
const sigmoid64 = (x: number): number => {
  const decay = Math.exp(-Math.abs(x))
  return (x < 0 ? decay : 1) / (1 + decay)
}

export const sigmoidOp = elementwise({
  name: 'sigmoid',
  doc: 'Logistic function of each element, 1 / (1 + exp(−x)). Its derivative is σ (1 − σ).',
  operands: ['f32'],
  result: 'f32',
  value: sigmoid64,
  scalar: (x) => unary('sigmoid', x),
  partials: (b, _, result) => [b.mul(result, b.sub(b.constant(1), result))],
  flops: 10,
  laws: ['monotone'],
})

/** 1 / (1 + exp(−x)) of each element. */
export const sigmoid = unaryCombinator(sigmoidOp)
