import { keepingCombinator } from './combinator.js'
import { elementwise } from './family.js'

export const stopGradientOp = elementwise({
  name: 'stopGradient',
  doc: 'x itself, which derivatives take for a constant.',
  operands: ['same'],
  result: 'same',
  value: (x) => x,
  scalar: (x) => x,
  partials: () => [null],
  flops: 0,
  relative: 0,
  laws: ['idempotent'],
})

/** x itself, which derivatives take for a constant. */
export const stopGradient = keepingCombinator(stopGradientOp)
