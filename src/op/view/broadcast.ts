import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { BroadcastToCheck } from '../../shape/broadcast-to.js'
import { broadcastToShape } from '../../shape/broadcast-to.js'
import type { DType, Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { broadcastCoordinates } from '../elementwise/family.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type BroadcastAttributes = {
  readonly shape: Shape
}

export const broadcastOp = view<BroadcastAttributes>({
  name: 'broadcast',
  doc: 'The operand repeated along axes of size 1 and along new leading axes, until it has the given shape.',
  attrs: t.readonly(t.strict({ shape: t.readonlyArray(t.union([t.number, t.string])) })),
  shape: ({ shape }, from) => broadcastToShape('broadcast', from, shape),
  values: (_, x, output) => {
    const data = new Float64Array(sizeOf(output))
    const strides = stridesOf(x.shape)
    const lead = output.length - x.shape.length
    const source = {
      offset: 0,
      strides: output.map((_size, axis) => (x.shape[axis - lead] === 1 ? 0 : (strides[axis - lead] ?? 0))),
    }
    copyBox(output, x.data, source, data, { offset: 0, strides: stridesOf(output) })
    return data
  },
  body: (_, from, to, { at, read }) => read(0, broadcastCoordinates(from, to, at)),
  pull: (b, _, x, cotangent) => b.sumTo(cotangent, x.shape),
  push: (b, { shape }, tangent) => b.broadcast(tangent, shape),
  // Axes that the broadcast adds in front come behind the new one.
  batch: (b, { attrs: { shape }, inputs: [x], size }) => {
    if (x === undefined) return []
    const own = x.shape.slice(1)
    const added = Array.from({ length: shape.length - own.length }, () => 1)
    return [b.broadcast(b.reshape(x, [size, ...added, ...own]), [size, ...shape])]
  },
  samples: [
    { attrs: { shape: ['$n', '$m'] }, inputs: [floatInput('m')] },
    { attrs: { shape: ['$n', '$m', '$k'] }, inputs: [floatInput('n', 1, 'k')] },
    { attrs: { shape: ['$n', 3] }, inputs: [floatInput()] },
    { attrs: { shape: [0, '$m'] }, inputs: [floatInput(1, 'm')] },
  ],
})

/**
 * x repeated along axes of size 1 and along new leading axes, until it has the shape `to`.
 * @throws TraceFailure with a ShapeError where an axis has another size than 1 and the target's.
 */
export const broadcastTo =
  <const To extends Shape>(to: To) =>
  <From extends Shape, D extends DType>(x: Tensor<From, D> & BroadcastToCheck<From, To>): Tensor<To, D> =>
    typedResult(apply1(broadcastOp, { shape: to }, [x]))
