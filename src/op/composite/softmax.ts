import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { AxesCheck } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import { logSumExp, mapAlong } from './last-axis.js'
import type { SoftmaxAttributes } from './softmax-attributes.js'
import { softmaxCommon } from './softmax-attributes.js'

export const softmaxOp = defineComposite<SoftmaxAttributes>({
  ...softmaxCommon('softmax'),
  name: 'softmax',
  doc:
    'yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ) along `axis`. The largest x is subtracted first, so that nothing overflows; the result does not ' +
    'depend on it, so no gradient flows through it. Derivative: y ⊙ (g − Σ g ⊙ y).',
  expand: (b, { axis }, [x]) => {
    if (x === undefined) return []
    const exponentials = b.exp(b.sub(x, b.stopGradient(b.max(x, [axis], true))))
    return [b.div(exponentials, b.sum(exponentials, [axis], true))]
  },
  evaluate: ({ axis }, [x]) =>
    x === undefined
      ? []
      : [
          mapAlong(x, axis, (line) => {
            const total = logSumExp(line)
            return line.map((value) => Math.exp(value - total))
          }),
        ],
  vjp: (b, { attrs: { axis }, outputs: [y], cotangents: [g] }) =>
    y === undefined || g === undefined ? [] : [b.mul(y, b.sub(g, b.sum(b.mul(g, y), [axis], true)))],
  jvp: (b, { attrs: { axis }, outputs: [y], tangents: [dx] }) =>
    y === undefined || !dx ? [null] : [b.mul(y, b.sub(dx, b.sum(b.mul(dx, y), [axis], true)))],
  batch: (b, { attrs: { axis }, inputs: [x] }) =>
    x === undefined ? [] : [b.softmax(x, behindNewAxis(axis))],
})

/**
 * exp(x) / Σ exp(x) along an axis, which may count from the end: `pipe(x, softmax(-1))`.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const softmax =
  <const Axis extends number>(axis: Axis) =>
  <S extends Shape>(x: Tensor<S, 'f32'> & AxesCheck<'softmax', S, readonly [Axis]>): Tensor<S, 'f32'> =>
    typedResult(apply1(softmaxOp, { axis }, [x]))
