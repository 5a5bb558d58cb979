import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Scalar } from '../../ir/scalar.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Concatenated, ConcatCheck } from '../../shape/concat.js'
import { concatShape } from '../../shape/concat.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sizeOf, stridesOf } from '../../shape/dim.js'
import { fromFront } from '../../shape/permute.js'
import { behindNewAxis, mappedOperands } from '../batching.js'
import type { Builder } from '../builder.js'
import type { LoopNest, NdArray } from '../def.js'
import { apply1, definePrimitive } from '../def.js'
import { constant, guard, indexConst, offset, within } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput } from './family.js'

export type ConcatAttributes = {
  /** May count from the end. */
  readonly axis: number
}

const concatType = (
  { axis }: ConcatAttributes,
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const [first] = inputs
  const dtype = first?.dtype ?? 'f32'
  if (inputs.some((input) => input.dtype !== dtype))
    return E.left(
      shapeError({
        where: 'concat',
        expected: 'parts of one dtype',
        found: inputs.map(printType).join(', '),
        hint: 'convert the others with toFloat first',
      }),
    )
  const shapes = inputs.map((input) => input.shape)
  return E.map((shape: Shape) => [{ shape, dtype }])(
    concatShape('concat', shapes, fromFront(axis, first?.shape.length ?? 0)),
  )
}

/** Where each part begins along the axis. */
const beginnings = (sizes: readonly number[]): readonly number[] =>
  sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0))

const concatValues = (axis: number, inputs: readonly NdArray[], output: readonly number[]): NdArray => {
  const data = new Float64Array(sizeOf(output))
  const strides = stridesOf(output)
  const starts = beginnings(inputs.map((part) => part.shape[axis] ?? 0))
  inputs.forEach((part, i) =>
    copyBox(part.shape, part.data, { offset: 0, strides: stridesOf(part.shape) }, data, {
      offset: (starts[i] ?? 0) * (strides[axis] ?? 0),
      strides,
    }),
  )
  return { shape: output, data }
}

/** A chain of guards: the first part whose end lies beyond the coordinate. */
const concatNest = (axis: number, sizes: readonly number[]): LoopNest => ({
  loops: () => [],
  combine: null,
  body: ({ at, read }) => {
    const starts = beginnings(sizes)
    const along = at[axis] ?? indexConst(0)
    const part = (i: number): Scalar =>
      read(
        i,
        at.map((index, k) => (k === axis ? offset(index, -(starts[i] ?? 0)) : index)),
      )
    const present = sizes.flatMap((size, i) => (size > 0 ? [i] : []))
    const last = present.at(-1)
    if (last === undefined) return constant(0)
    return present
      .slice(0, -1)
      .reduceRight<Scalar>(
        (rest, i) =>
          guard([within(along, starts[i] ?? 0, (starts[i] ?? 0) + (sizes[i] ?? 0))], part(i), rest),
        part(last),
      )
  },
})

/** The parts of a cotangent that belong to each operand. */
const concatVjp = (
  b: Builder,
  axis: number,
  inputs: readonly Tensor[],
  cotangent: Tensor,
): readonly Tensor[] => {
  if (inputs.length === 1) return [cotangent]
  const sizes = inputs.map((input) => Number(input.shape[axis]))
  const starts = beginnings(sizes)
  return inputs.map((_, i) => {
    const first = starts[i] ?? 0
    return b.slice(
      cotangent,
      cotangent.shape.map((_size, k) => (k === axis ? first : 0)),
      cotangent.shape.map((size, k) => (k === axis ? first + (sizes[i] ?? 0) : size)),
    )
  })
}

export const concatOp = definePrimitive<ConcatAttributes>({
  name: 'concat',
  category: 'view',
  doc: 'Tensors joined along one axis, in order; the other axes agree.',
  attrs: t.readonly(t.strict({ axis: t.number })),
  type: concatType,
  evaluate: ({ axis }, inputs, [output = []]) => [
    concatValues(fromFront(axis, output.length), inputs, output),
  ],
  vjp: (b, { attrs, inputs, outputs: [output], cotangents: [cotangent] }) =>
    output === undefined || cotangent === undefined
      ? []
      : concatVjp(b, fromFront(attrs.axis, output.shape.length), inputs, cotangent),
  jvp: (b, { attrs, inputs, tangents }) =>
    tangents.every((tangent) => tangent === null)
      ? [null]
      : [
          b.concat(
            inputs.map((input, i) => tangents[i] ?? b.zerosLike(input)),
            attrs.axis,
          ),
        ],
  batch: (b, site) => [b.concat(mappedOperands(b, site), behindNewAxis(site.attrs.axis))],
  lower: {
    skeleton: 'view',
    nest: ({ axis }, inputs, [output = []]) => {
      const front = fromFront(axis, output.length)
      return concatNest(
        front,
        inputs.map((shape) => shape[front] ?? 0),
      )
    },
  },
  cost: () => ({ flops: 0 }),
  samples: [
    { attrs: { axis: 0 }, inputs: [floatInput('n'), floatInput('m')] },
    { attrs: { axis: -1 }, inputs: [floatInput('n', 'm'), floatInput('n', 2), floatInput('n', 'k')] },
    { attrs: { axis: 1 }, inputs: [floatInput('n', 1, 'k'), floatInput('n', 'm', 'k')] },
    { attrs: { axis: 0 }, inputs: [floatInput('n', 'm')] },
    { attrs: { axis: 0 }, inputs: [floatInput(0, 'm'), floatInput('n', 'm')] },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

/** Parts one kernel may read; more are joined in groups. */
const PARTS_LIMIT = 6

/** Parts of any number along an axis, which may count from the end. */
export const joined = (parts: readonly Tensor[], axis: number): Tensor => {
  if (parts.length <= PARTS_LIMIT) return apply1(concatOp, { axis }, parts)
  const groups = Array.from({ length: Math.ceil(parts.length / PARTS_LIMIT) }, (_, i) =>
    apply1(concatOp, { axis }, parts.slice(i * PARTS_LIMIT, (i + 1) * PARTS_LIMIT)),
  )
  return joined(groups, axis)
}

/** The shapes of a list of tensors. */
export type ShapesOf<Parts extends readonly Tensor[]> = { readonly [I in keyof Parts]: Parts[I]['shape'] }

/**
 * The parts joined along one axis, in order; the axis may count from the end, the other axes agree. In a `pipe` the list
 * is written `[x, y] as const`: of a list that is no tuple the types know no shapes, and only the run can refuse.
 * @throws TraceFailure with a ShapeError where they do not, or where the axis has a name and so no size to add.
 */
export const concat =
  <const Axis extends number>(axis: Axis) =>
  <const Parts extends readonly Tensor[]>(
    parts: Parts & ConcatCheck<ShapesOf<Parts>, Axis>,
  ): Tensor<Concatenated<ShapesOf<Parts>, Axis>, Parts[number]['dtype']> =>
    typedResult(joined(parts, axis))
