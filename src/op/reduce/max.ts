import { reduction } from './family.js'

export const maxOp = reduction({
  name: 'max',
  doc: 'The largest element over axes; over no element it is −∞. Equal largest elements share the gradient.',
  start: -Infinity,
  step: Math.max,
  combine: 'max',
  vjp: (b, { inputs: [x], output, kept, axes, cotangent }) => {
    if (x === undefined) return null
    const isMax = b.toFloat(b.equal(x, b.broadcast(b.reshape(output, kept), x.shape)))
    return b.mul(b.div(b.reshape(cotangent, kept), b.sum(isMax, axes, true)), isMax)
  },
  jvp: (b, { inputs: [x], output, kept, axes, keepDims, tangent }) => {
    if (x === undefined) return null
    const isMax = b.toFloat(b.equal(x, b.broadcast(b.reshape(output, kept), x.shape)))
    return b.div(b.sum(b.mul(tangent, isMax), axes, keepDims), b.sum(isMax, axes, keepDims))
  },
  laws: ['idempotent'],
  domain: 'apart',
})
