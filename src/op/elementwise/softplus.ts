import { binary, constant, unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const softplusOp = elementwise({
  name: 'softplus',
  doc: 'log(1 + exp(x)) of each element, as max(x, 0) + log1p(exp(−|x|)), which neither overflows nor cancels. Its derivative is the sigmoid.',
  operands: ['f32'],
  result: 'f32',
  value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  scalar: (x) =>
    binary('add', binary('max', x, constant(0)), unary('log1p', unary('exp', unary('neg', unary('abs', x))))),
  partials: (b, [x]) => [x === undefined ? null : b.sigmoid(x)],
  flops: 20,
  laws: ['monotone'],
})

/** log(1 + exp(x)) of each element. */
export const softplus = unaryCombinator(softplusOp)
