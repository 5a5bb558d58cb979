import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const signOp = elementwise({
  name: 'sign',
  doc: 'Sign of each element: 1, 0 or −1; NaN stays. Constant between its jumps, so no gradient flows.',
  operands: ['f32'],
  result: 'f32',
  value: Math.sign,
  scalar: (x) => unary('sign', x),
  partials: () => [null],
  domain: 'apart',
  relative: 0,
  laws: ['odd', 'monotone', 'idempotent'],
})

/** 1, 0 or −1 by the sign of each element. */
export const sign = unaryCombinator(signOp)
