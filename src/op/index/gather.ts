import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { pipe } from 'fp-ts/lib/function.js'
import { fail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import { printType, sizeOf } from '../../shape/dim.js'
import type { GatherCheck, Gathered } from '../../shape/gather.js'
import { gatherShape } from '../../shape/gather.js'
import { fromFront } from '../../shape/permute.js'
import type { Builder } from '../builder.js'
import type { NdArray } from '../def.js'
import { apply1, definePrimitive } from '../def.js'
import { twoOperands } from '../operands.js'
import { dynamic } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'

export type GatherAttributes = {
  /** May count from the end. */
  readonly axis: number
}

const gatherValues = (axis: number, x: NdArray, indices: NdArray, output: readonly number[]): NdArray => {
  const data = new Float64Array(sizeOf(output))
  const rows = x.shape[axis] ?? 0
  const outer = sizeOf(x.shape.slice(0, axis))
  const inner = sizeOf(x.shape.slice(axis + 1))
  const count = indices.data.length
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < count; i++) {
      const row = Math.min(Math.max(indices.data[i] ?? 0, 0), rows - 1)
      const from = (o * rows + row) * inner
      data.set(x.data.subarray(from, from + inner), (o * count + i) * inner)
    }
  return { shape: output, data }
}

/** `count` letters that are free from `first` on. */
const letters = (first: number, count: number): string =>
  Array.from({ length: count }, (_, i) =>
    String.fromCharCode((first + i < 26 ? 97 : 65 - 26) + first + i),
  ).join('')

/** Every cotangent row added to the row it was read from: a contraction with the indices as rows of zeros and a one. */
const gatherVjp = (b: Builder, axis: number, x: Tensor, indices: Tensor, cotangent: Tensor): Tensor => {
  const rows = x.shape[axis]
  if (typeof rows !== 'number')
    return fail(
      shapeError({
        where: 'gather',
        expected: `a size for axis ${axis} to differentiate by the rows`,
        found: printType(x),
        hint: 'differentiate once the named axes have sizes',
      }),
    )
  const before = letters(0, axis)
  const after = letters(axis, x.shape.length - axis - 1)
  const places = letters(x.shape.length - 1, indices.shape.length)
  const row = letters(x.shape.length - 1 + indices.shape.length, 1)
  return b.einsum(
    `${places}${row},${before}${places}${after}->${before}${row}${after}`,
    b.oneHot(indices, rows),
    cotangent,
  )
}

export const gatherOp = definePrimitive<GatherAttributes>({
  name: 'gather',
  category: 'index',
  doc:
    'Rows of x along an axis, chosen by an i24 tensor: the axis is replaced by the axes of the indices. ' +
    'An index outside the axis reads the nearest row, and no gradient flows through it.',
  attrs: t.readonly(t.strict({ axis: t.number })),
  type: ({ axis }, inputs) =>
    pipe(
      twoOperands('gather', ['any', 'i24'], inputs),
      E.chain(([x, indices]) =>
        pipe(
          gatherShape('gather', x.shape, indices.shape, fromFront(axis, x.shape.length)),
          E.map((shape: Shape) => [{ shape, dtype: x.dtype }]),
        ),
      ),
    ),
  evaluate: ({ axis }, [x, indices], [output = []]) =>
    x === undefined || indices === undefined
      ? []
      : [gatherValues(fromFront(axis, x.shape.length), x, indices, output)],
  vjp: (b, { attrs, inputs: [x, indices], cotangents: [cotangent] }) =>
    x === undefined || indices === undefined || cotangent === undefined || x.dtype !== 'f32'
      ? [null, null]
      : [gatherVjp(b, fromFront(attrs.axis, x.shape.length), x, indices, cotangent), null],
  jvp: (b, { attrs, inputs: [, indices], tangents: [tangent] }) =>
    tangent === undefined || tangent === null || indices === undefined
      ? [null]
      : [b.gather(tangent, indices, attrs.axis)],
  lower: {
    skeleton: 'gather',
    nest: ({ axis: given }, [from = [], indices = []]) => {
      const axis = fromFront(given, from.length)
      return {
        loops: () => [],
        combine: null,
        body: ({ at, read }) => {
          const row = dynamic(read(1, at.slice(axis, axis + indices.length)), from[axis] ?? 0)
          return read(0, [...at.slice(0, axis), row, ...at.slice(axis + indices.length)])
        },
      }
    },
  },
  cost: () => ({ flops: 0 }),
  samples: [
    {
      attrs: { axis: 0 },
      inputs: [
        { shape: ['n', 'm'], dtype: 'f32', domain: 'any' },
        { shape: ['k'], dtype: 'i24', domain: { below: 'n' } },
      ],
    },
    {
      attrs: { axis: -1 },
      inputs: [
        { shape: ['n', 'm'], dtype: 'f32', domain: 'any' },
        { shape: ['k', 2], dtype: 'i24', domain: { below: 'm' } },
      ],
    },
    {
      attrs: { axis: 1 },
      inputs: [
        { shape: ['n', 'm', 'k'], dtype: 'f32', domain: 'any' },
        { shape: [], dtype: 'i24', domain: { below: 'm' } },
      ],
    },
    {
      attrs: { axis: 0 },
      inputs: [
        { shape: ['n'], dtype: 'i24', domain: { below: 100 } },
        { shape: ['k'], dtype: 'i24', domain: { below: 'n' } },
      ],
    },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

/**
 * Rows of x along `axis` (which may count from the end) chosen by `indices`: the axis is replaced by the
 * axes of the indices. An index outside the axis reads the nearest row and passes no gradient.
 * @throws TraceFailure with a ShapeError where x has no such axis.
 */
export const gather =
  <I extends Shape, const Axis extends number>(indices: Tensor<I, 'i24'>, axis: Axis) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & GatherCheck<S, Axis>,
  ): Tensor<Gathered<S, I, Axis>, D> =>
    typedResult(apply1(gatherOp, { axis }, [x, indices]))
