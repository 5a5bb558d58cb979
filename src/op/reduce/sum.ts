import { reduction } from './family.js'

export const sumOp = reduction({
  name: 'sum',
  doc: 'Sum over axes; over no element it is 0.',
  start: 0,
  step: (total, x) => total + x,
  combine: 'sum',
  vjp: (b, { inputs: [x], kept, cotangent }) => (x === undefined ? null : b.broadcast(b.reshape(cotangent, kept), x.shape)),
  jvp: (b, { axes, keepDims, tangent }) => b.sum(tangent, axes, keepDims),
  laws: ['linear'],
  domain: 'any',
})
