import { elementwise } from './family.js'

export const stopGradientOp = elementwise({
  name: 'stopGradient',
  doc: 'x, through which no derivative flows.',
  operands: ['same'],
  result: 'same',
  value: (x) => x,
  scalar: (x) => x,
  partials: () => [null],
  flops: 0,
})
