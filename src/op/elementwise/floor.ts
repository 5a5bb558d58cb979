import { unary } from '../scalar-expression.js'
import { unaryCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const floorOp = elementwise({
  name: 'floor',
  doc: 'The greatest integer that is not above each element. Constant between its jumps, so no gradient flows.',
  operands: ['f32'],
  result: 'f32',
  value: Math.floor,
  scalar: (x) => unary('floor', x),
  partials: () => [null],
  domain: 'fractional',
  relative: 0,
  laws: ['monotone', 'idempotent'],
})

/** The greatest integer not above each element. */
export const floor = unaryCombinator(floorOp)
