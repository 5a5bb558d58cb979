import { elementwise } from './family.js'

export const identityOp = elementwise({
  name: 'identity',
  doc: 'x itself: marks the variables of a gradient, and copies a result that is an input.',
  operands: ['same'],
  result: 'same',
  value: (x) => x,
  scalar: (x) => x,
  partials: (b) => [b.constant(1)],
  flops: 0,
  laws: ['linear'],
})
