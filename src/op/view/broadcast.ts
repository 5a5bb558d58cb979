import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import { broadcastShapes } from '../../shape/broadcast.js'
import type { Shape } from '../../shape/dim.js'
import { printShape, sameShape, sizeOf, stridesOf } from '../../shape/dim.js'
import { broadcastCoordinates } from '../elementwise/family.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type BroadcastAttributes = {
  readonly shape: Shape
}

/** `to`, if `from` broadcasts to exactly that. */
const broadcastToShape = (where: string, from: Shape, to: Shape): E.Either<TensorError, Shape> => {
  const common = broadcastShapes(where, from, to)
  if (E.isLeft(common) || sameShape(common.right, to)) return common
  return E.left(
    shapeError({
      where,
      expected: `a shape that broadcasts to ${printShape(to)}`,
      found: printShape(from),
      hint: 'only axes of size 1 are repeated, and new axes come first',
    }),
  )
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
    const source = { offset: 0, strides: output.map((_size, axis) => (x.shape[axis - lead] === 1 ? 0 : (strides[axis - lead] ?? 0))) }
    copyBox(output, x.data, source, data, { offset: 0, strides: stridesOf(output) })
    return data
  },
  body: (_, from, to, { at, read }) => read(0, broadcastCoordinates(from, to, at)),
  pull: (b, _, x, cotangent) => b.sumTo(cotangent, x.shape),
  push: (b, { shape }, tangent) => b.broadcast(tangent, shape),
  samples: [
    { attrs: { shape: ['$n', '$m'] }, inputs: [floatInput('m')] },
    { attrs: { shape: ['$n', '$m', '$k'] }, inputs: [floatInput('n', 1, 'k')] },
    { attrs: { shape: ['$n', 3] }, inputs: [floatInput()] },
    { attrs: { shape: [0, '$m'] }, inputs: [floatInput(1, 'm')] },
  ],
})
