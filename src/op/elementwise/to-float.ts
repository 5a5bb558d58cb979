import { elementwise } from './family.js'

export const toFloatOp = elementwise({
  name: 'toFloat',
  doc: 'A bool as 0 or 1, an i24 as the same number: what takes part in arithmetic. No gradient flows.',
  operands: ['exact'],
  result: 'f32',
  value: (x) => x,
  scalar: (x) => x,
  partials: () => [null],
  flops: 0,
})
