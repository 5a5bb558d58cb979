import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const ceilOp = elementwise({
  name: 'ceil',
  doc: 'The least integer that is not below each element. Constant between its jumps, so no gradient flows.',
  operands: ['f32'],
  result: 'f32',
  value: Math.ceil,
  scalar: (x) => unary('ceil', x),
  partials: () => [null],
  domain: 'fractional',
  relative: 0,
  laws: ['monotone', 'idempotent'],
})

/** The least integer not below each element. */
export const ceil = unaryCombinator(ceilOp)
