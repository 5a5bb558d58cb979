import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { AxesCheck } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
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
  batch: (b, { attrs: { axis }, inputs: [x] }) =>
    x === undefined ? [] : [b.logSoftmax(x, behindNewAxis(axis))],
})

/**
 * x − log Σ exp(x) along an axis, which may count from the end: `pipe(x, logSoftmax(-1))`.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const logSoftmax =
  <const Axis extends number>(axis: Axis) =>
  <S extends Shape>(x: Tensor<S, 'f32'> & AxesCheck<'logSoftmax', S, readonly [Axis]>): Tensor<S, 'f32'> =>
    typedResult(apply1(logSoftmaxOp, { axis }, [x]))
