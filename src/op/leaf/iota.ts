import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import { printShape, sizeOf, stridesOf } from '../../shape/dim.js'
import type { AxesCheck } from '../../shape/permute.js'
import { fromFront } from '../../shape/permute.js'
import { apply1, definePrimitive } from '../def.js'
import { fromIndex, indexConst } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { atMost } from '../operands.js'

export type IotaAttributes = {
  readonly shape: readonly number[]
  readonly axis: number
  readonly dtype: 'f32' | 'i24'
}

/** Positions that an i24 can hold. */
const POSITIONS = 2 ** 24

export const iotaOp = definePrimitive<IotaAttributes>({
  name: 'iota',
  category: 'leaf',
  doc: 'The position along one axis: 0, 1, 2, …, the same on all other axes.',
  attrs: t.readonly(
    t.strict({
      shape: t.readonlyArray(t.number),
      axis: t.number,
      dtype: t.union([t.literal('f32'), t.literal('i24')]),
    }),
  ),
  type: atMost('iota', 0, ({ shape, axis, dtype }) => {
    const refuse = (expected: string, found: string, hint: string): E.Either<TensorError, never> =>
      E.left(shapeError({ where: 'iota', expected, found, hint }))
    const size = shape[axis]
    if (size === undefined) return refuse(`an axis of ${printShape(shape)}`, `${axis}`, 'axes count from 0')
    if (!shape.every((dim) => Number.isInteger(dim) && dim >= 0))
      return refuse(
        'sizes that are whole and not negative',
        printShape(shape),
        'iota needs its sizes when it is made',
      )
    return size <= POSITIONS
      ? E.right([{ shape, dtype }])
      : refuse('at most 2^24 positions', `${size}`, 'an i24 lies below 2^24')
  }),
  evaluate: ({ axis }, _, [shape = []]) => {
    const stride = stridesOf(shape)[axis] ?? 1
    const size = shape[axis] ?? 1
    return [
      {
        shape,
        data: Float64Array.from({ length: sizeOf(shape) }, (__, flat) => Math.floor(flat / stride) % size),
      },
    ]
  },
  vjp: () => [],
  jvp: () => [null],
  batch: () => [],
  lower: {
    skeleton: 'map',
    nest: ({ axis }) => ({
      loops: () => [],
      combine: null,
      body: ({ at }) => fromIndex(at[axis] ?? indexConst(0)),
    }),
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

/**
 * The position along one axis, which may count from the end: `iota([2, 3], 1)` is [[0, 1, 2], [0, 1, 2]].
 * @throws TraceFailure with a ShapeError where the shape has no such axis.
 */
export const iota = <
  const S extends readonly number[],
  const Axis extends number,
  D extends 'f32' | 'i24' = 'f32',
>(
  shape: S,
  axis: Axis & AxesCheck<'iota', S, readonly [Axis]>,
  dtype?: D,
): Tensor<S, D> =>
  typedResult(apply1(iotaOp, { shape, axis: fromFront(axis, shape.length), dtype: dtype ?? 'f32' }, []))
