import { unary } from '../scalar-expression.js'
import { erfValue } from './erf-value.js'
import { elementwise } from './family.js'

export const erfOp = elementwise({
  name: 'erf',
  doc: 'The error function 2/√π ∫₀ˣ e^(−t²) dt of each element.',
  operands: ['f32'],
  result: 'f32',
  value: erfValue,
  scalar: (x) => unary('erf', x),
  partials: (b, [x]) => [x === undefined ? null : b.mul(b.constant(2 / Math.sqrt(Math.PI)), b.exp(b.neg(b.mul(x, x))))],
  flops: 12,
  laws: ['odd', 'monotone'],
})
