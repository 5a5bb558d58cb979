import { elementwise } from './family.js'

export const toFloatOp = elementwise({
  name: 'toFloat',
  doc: 'A bool as 0 or 1, an integer as itself, in f32.',
  operands: ['same'],
  result: 'f32',
  value: (x) => x,
  scalar: (x) => x,
  partials: () => [null],
  flops: 0,
})
