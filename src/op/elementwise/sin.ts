import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const sinOp = elementwise({
  name: 'sin',
  doc: 'Sine of each element, in radians.',
  operands: ['f32'],
  result: 'f32',
  value: Math.sin,
  scalar: (x) => unary('sin', x),
  partials: (b, [x]) => [x === undefined ? null : b.cos(x)],
  flops: 10,
  range: [[-1e4, 1e4]],
  laws: ['odd'],
})

/** The sine of each element, in radians. */
export const sin = unaryCombinator(sinOp)
