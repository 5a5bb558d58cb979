import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { shapeError } from '../../error/error.js'
import { printShape, sizeOf, stridesOf } from '../../shape/dim.js'
import { definePrimitive } from '../def.js'
import { fromIndex, indexConst } from '../scalar-expression.js'

export type IotaAttributes = {
  readonly shape: readonly number[]
  readonly axis: number
  readonly dtype: 'f32' | 'i24'
}

export const iotaOp = definePrimitive<IotaAttributes>({
  name: 'iota',
  category: 'leaf',
  doc: 'The position along one axis: 0, 1, 2, …, the same on all other axes.',
  attrs: t.readonly(
    t.strict({ shape: t.readonlyArray(t.number), axis: t.number, dtype: t.union([t.literal('f32'), t.literal('i24')]) }),
  ),
  type: ({ shape, axis, dtype }) =>
    Number.isInteger(axis) && axis >= 0 && axis < shape.length
      ? E.right([{ shape, dtype }])
      : E.left(
          shapeError({
            where: 'iota',
            expected: `an axis of ${printShape(shape)}`,
            found: `${axis}`,
            hint: 'axes count from 0',
          }),
        ),
  evaluate: ({ axis }, _, [shape = []]) => {
    const stride = stridesOf(shape)[axis] ?? 1
    const size = shape[axis] ?? 1
    return [{ shape, data: Float64Array.from({ length: sizeOf(shape) }, (__, flat) => Math.floor(flat / stride) % size) }]
  },
  vjp: () => [],
  jvp: () => [null],
  lower: {
    skeleton: 'map',
    nest: ({ axis }) => ({ loops: () => [], combine: null, body: ({ at }) => fromIndex(at[axis] ?? indexConst(0)) }),
  },
  cost: () => ({ flops: 0 }),
  samples: [
    { attrs: { shape: [3], axis: 0, dtype: 'f32' }, inputs: [] },
    { attrs: { shape: [2, 3, 2], axis: 1, dtype: 'i24' }, inputs: [] },
    { attrs: { shape: [0, 2], axis: 0, dtype: 'f32' }, inputs: [] },
  ],
  tolerance: { relative: 0 },
  laws: [],
})
