import { defineComposite } from '../def.js'
import { logSumExp, mapAlong } from './last-axis.js'
import type { SoftmaxAttributes } from './softmax-attributes.js'
import { softmaxCommon } from './softmax-attributes.js'

export const logSoftmaxOp = defineComposite<SoftmaxAttributes>({
  ...softmaxCommon('logSoftmax'),
  name: 'logSoftmax',
  doc:
    'yᵢ = xᵢ − log Σⱼ exp(xⱼ) along `axis`, with the largest x subtracted first: exact where softmax would underflow to 0. ' +
    'Derivative: g − exp(y)·Σ g.',
  expand: (b, { axis }, [x]) => {
    if (x === undefined) return []
    const shifted = b.sub(x, b.stopGradient(b.max(x, [axis], true)))
    return [b.sub(shifted, b.log(b.sum(b.exp(shifted), [axis], true)))]
  },
  evaluate: ({ axis }, [x]) =>
    x === undefined
      ? []
      : [
          mapAlong(x, axis, (line) => {
            const total = logSumExp(line)
            return line.map((value) => value - total)
          }),
        ],
  vjp: (b, { attrs: { axis }, outputs: [y], cotangents: [g] }) =>
    y === undefined || g === undefined ? [] : [b.sub(g, b.mul(b.exp(y), b.sum(g, [axis], true)))],
  jvp: (b, { attrs: { axis }, outputs: [y], tangents: [dx] }) =>
    y === undefined || !dx ? [null] : [b.sub(dx, b.sum(b.mul(b.exp(y), dx), [axis], true))],
})
