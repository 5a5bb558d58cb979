import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { erf as erf64 } from './error-function.js'
import { elementwise } from './family.js'

export const erfOp = elementwise({
  name: 'erf',
  doc: 'Error function of each element, 2/√π ∫₀ˣ exp(−t²) dt (DLMF 7.2.1). Its derivative is 2/√π exp(−x²).',
  operands: ['f32'],
  result: 'f32',
  value: erf64,
  scalar: (x) => unary('erf', x),
  partials: (b, [x]) => [
    x === undefined ? null : b.mul(b.constant(2 / Math.sqrt(Math.PI)), b.exp(b.neg(b.mul(x, x)))),
  ],
  flops: 16,
  laws: ['monotone', 'odd'],
})

/** The error function of each element. */
export const erf = unaryCombinator(erfOp)
