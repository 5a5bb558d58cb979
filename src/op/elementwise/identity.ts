import { keepingCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const identityOp = elementwise({
  name: 'identity',
  doc: 'x itself: a variable of its own for derivatives.',
  operands: ['same'],
  result: 'same',
  value: (x) => x,
  scalar: (x) => x,
  partials: (b) => [b.constant(1)],
  flops: 0,
  relative: 0,
  laws: ['linear', 'idempotent'],
})

/** x itself. */
export const identity = keepingCombinator(identityOp)
