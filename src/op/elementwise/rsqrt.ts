import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const rsqrtOp = elementwise({
  name: 'rsqrt',
  doc: '1/√x of each element. Its derivative is −½ (1/√x)³.',
  operands: ['f32'],
  result: 'f32',
  value: (x) => 1 / Math.sqrt(x),
  scalar: (x) => unary('rsqrt', x),
  partials: (b, _, r) => [b.mul(b.constant(-0.5), b.mul(r, b.mul(r, r)))],
  flops: 5,
  domain: 'positive',
})

/** 1/√x of each element. */
export const rsqrt = unaryCombinator(rsqrtOp)
