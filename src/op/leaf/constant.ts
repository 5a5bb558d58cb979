import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import { concreteShape, printShape, sizeOf } from '../../shape/dim.js'
import { apply1, definePrimitive } from '../def.js'

type Values = number | Float32Array | Float64Array

export type ConstantAttributes = {
  readonly shape: readonly (number | string)[]
  readonly dtype: DType
  /** One number for every element, or all elements in row-major order. */
  readonly values: Values
}

const values = new t.Type<Values, Values>(
  'values',
  (u): u is Values => typeof u === 'number' || u instanceof Float32Array || u instanceof Float64Array,
  (u, context) =>
    typeof u === 'number' || u instanceof Float32Array || u instanceof Float64Array
      ? t.success(u)
      : Array.isArray(u) && u.every((value): value is number => typeof value === 'number')
        ? t.success(Float64Array.from(u))
        : t.failure(u, context),
  t.identity,
)

export const constantOp = definePrimitive<ConstantAttributes>({
  name: 'constant',
  category: 'leaf',
  doc: 'Known values: one number for all elements, or an array in row-major order.',
  attrs: t.readonly(
    t.strict({
      shape: t.readonlyArray(t.union([t.number, t.string])),
      dtype: t.union([t.literal('f32'), t.literal('i24'), t.literal('bool')]),
      values,
    }),
  ),
  type: ({ shape, dtype, values: given }) =>
    typeof given === 'number' || sizeOf(shape) === given.length
      ? E.right([{ shape, dtype }])
      : E.left(
          shapeError({
            where: 'constant',
            expected: `${sizeOf(shape)} values for shape ${printShape(shape)}`,
            found: `${given.length}`,
            hint: 'give one value an element, in row-major order',
          }),
        ),
  evaluate: ({ values: given }, _, [shape = []]) => [
    {
      shape,
      data:
        typeof given === 'number' ? new Float64Array(sizeOf(shape)).fill(given) : Float64Array.from(given),
    },
  ],
  vjp: () => [],
  jvp: () => [null],
  batch: () => [],
  lower: { skeleton: 'leaf' },
  cost: () => ({ flops: 0 }),
  samples: [],
  tolerance: { relative: 1e-7 },
  laws: [],
})

// NoInfer: f32 unless stated, also where what stands around would take any dtype.
/** A tensor of one repeated number. */
export const filled = <const S extends Shape, D extends DType = 'f32'>(
  value: number,
  shape: S,
  dtype?: D,
): Tensor<S, NoInfer<D>> =>
  apply1(constantOp, { shape, dtype: dtype ?? 'f32', values: value }, []) as Tensor<S, D>

/**
 * A tensor of given values in row-major order. A typed array is kept, not copied: do not write to it afterwards.
 * @throws TraceFailure with a ShapeError where there are not as many values as the shape has elements.
 */
export const fromArray = <const S extends Shape, D extends DType = 'f32'>(
  data: Float32Array | Float64Array | readonly number[],
  shape: S,
  dtype?: D,
): Tensor<S, NoInfer<D>> => {
  const values = data instanceof Float32Array || data instanceof Float64Array ? data : Float64Array.from(data)
  return apply1(constantOp, { shape, dtype: dtype ?? 'f32', values }, []) as Tensor<S, D>
}

/** The values of a constant, or null if the tensor is an expression still to be computed. */
export const constantValues = (x: Tensor): Float32Array | Float64Array | null => {
  const shape = concreteShape(x.shape)
  const given = x.node.op === 'constant' ? x.node.attrs['values'] : undefined
  if (shape === null) return null
  if (typeof given === 'number') return new Float32Array(sizeOf(shape)).fill(given)
  return given instanceof Float32Array || given instanceof Float64Array ? given : null
}
