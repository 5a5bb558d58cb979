/** The family of reductions: axes are combined to one element each, and kept with size 1 or dropped. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Combine, Index } from '../../ir/scalar.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import { reduceShape } from '../../shape/reduce.js'
import type { DType, TensorType } from '../../shape/dim.js'
import { printType, sizeOf, stridesOf } from '../../shape/dim.js'
import { axesFromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import type { Builder } from '../builder.js'
import type { Domain, Law, NdArray, Primitive, Sample, SampleInput } from '../def.js'
import { apply, definePrimitive } from '../def.js'
import { constant, indexConst } from '../scalar-expression.js'
import { atMost } from '../operands.js'

export type ReduceAttributes = {
  /** May count from the end. */
  readonly axes: readonly number[]
  readonly keepDims: boolean
}

export const reduceAttributes: t.Type<ReduceAttributes, Attributes> = t.readonly(
  t.strict({ axes: t.readonlyArray(t.number), keepDims: t.boolean }),
)

/** What a derivative rule of a reduction is given. */
interface ReduceSite extends ReduceAttributes {
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
  /** The output's shape with the reduced axes kept at size 1. */
  readonly kept: Tensor['shape']
}

export interface Reduction<Name extends string = string> {
  readonly name: Name
  readonly doc: string
  readonly combine: Combine
  /** The result over no element, and how an element joins: the float64 meaning. */
  readonly start: number
  readonly step: (total: number, x: number) => number
  readonly vjp: (b: Builder, site: ReduceSite & { readonly cotangent: Tensor }) => Tensor | null
  readonly jvp: (b: Builder, site: ReduceSite & { readonly tangent: Tensor }) => Tensor | null
  readonly laws: readonly Law[]
  /** Bound on the error in float32, 1e-5 unless stated; 0 where an element is chosen. */
  readonly relative?: number
  readonly domain: Domain
  /** What it takes, and gives back; f32 unless stated. The first is that of the samples. */
  readonly dtypes?: readonly DType[]
  /** Further samples. */
  readonly samples?: readonly Sample[]
}

const evaluateReduction = (
  op: Reduction,
  attrs: ReduceAttributes,
  { shape, data }: NdArray,
  output: readonly number[],
): NdArray => {
  const axes = new Set(axesFromFront(attrs.axes, shape.length))
  const strides = stridesOf(shape)
  const keptStrides = stridesOf(shape.map((size, axis) => (axes.has(axis) ? 1 : size)))
  const result = new Float64Array(sizeOf(output)).fill(op.start)
  for (let flat = 0; flat < data.length; flat++) {
    let position = 0
    for (let axis = 0; axis < shape.length; axis++)
      if (!axes.has(axis))
        position += (Math.floor(flat / (strides[axis] ?? 1)) % (shape[axis] ?? 1)) * (keptStrides[axis] ?? 0)
    result[position] = op.step(result[position] ?? op.start, data[flat] ?? Number.NaN)
  }
  return { shape: output, data: result }
}

const site = (attrs: ReduceAttributes, inputs: readonly Tensor[], output: Tensor): ReduceSite => {
  const axes = new Set(axesFromFront(attrs.axes, inputs[0]?.shape.length ?? 0))
  return {
    ...attrs,
    inputs,
    output,
    kept: (inputs[0]?.shape ?? []).map((dim, axis) => (axes.has(axis) ? 1 : dim)),
  }
}

/** Coordinates of the input: counters on the reduced axes, the output's coordinates on the others. */
const inputCoordinates = (
  attrs: ReduceAttributes,
  rank: number,
  at: readonly Index[],
  counters: readonly Index[],
): readonly Index[] => {
  const axes = axesFromFront(attrs.axes, rank)
  const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis))
  return Array.from({ length: rank }, (_, axis) =>
    axes.includes(axis)
      ? (counters[axes.indexOf(axis)] ?? indexConst(0))
      : (at[attrs.keepDims ? axis : others.indexOf(axis)] ?? indexConst(0)),
  )
}

/** The type of the result. An integer or bool that no element gives must be one: i24 has no infinity. */
const reducedType = (
  op: Reduction,
  { axes, keepDims }: ReduceAttributes,
  x: TensorType | undefined,
): E.Either<TensorError, readonly TensorType[]> =>
  E.chain((shape: Tensor['shape']): E.Either<TensorError, readonly TensorType[]> => {
    const dtype = x?.dtype ?? 'f32'
    const isEmpty = axesFromFront(axes, x?.shape.length ?? 0).some((axis) => x?.shape[axis] === 0)
    return x !== undefined && dtype === 'i24' && isEmpty && !Number.isFinite(op.start)
      ? E.left(
          shapeError({
            where: op.name,
            expected: 'integers along each reduced axis',
            found: printType(x),
            hint: 'over no element the result is infinite, which no i24 holds: convert with toFloat first',
          }),
        )
      : E.right([{ shape, dtype }])
  })(reduceShape(op.name, x, axes, keepDims, op.dtypes))

/** The op record of a reduction. */
export const reduction = <const Name extends string>(
  op: Reduction<Name>,
): Primitive<ReduceAttributes> & { readonly name: Name } => {
  const input = (...shape: readonly string[]): SampleInput => ({
    shape,
    dtype: op.dtypes?.[0] ?? 'f32',
    domain: op.domain,
  })
  const record: Primitive<ReduceAttributes> = definePrimitive<ReduceAttributes>({
    name: op.name,
    category: 'reduce',
    doc: op.doc,
    attrs: reduceAttributes,
    type: atMost(op.name, 1, (attrs, [x]) => reducedType(op, attrs, x)),
    evaluate: (attrs, [x], [output = []]) =>
      x === undefined ? [] : [evaluateReduction(op, attrs, x, output)],
    vjp: (b, { attrs, inputs, outputs: [output], cotangents: [cotangent] }) =>
      output === undefined || cotangent === undefined || output.dtype !== 'f32'
        ? [null]
        : [op.vjp(b, { ...site(attrs, inputs, output), cotangent })],
    jvp: (b, { attrs, inputs, outputs: [output], tangents: [tangent] }) =>
      !output || !tangent || output.dtype !== 'f32'
        ? [null]
        : [op.jvp(b, { ...site(attrs, inputs, output), tangent })],
    batch: (_, { attrs, inputs }) => apply(record, { ...attrs, axes: attrs.axes.map(behindNewAxis) }, inputs),
    lower: {
      skeleton: 'reduce',
      nest: (attrs, [shape = []]) => {
        const sizes = axesFromFront(attrs.axes, shape.length).map((axis) => shape[axis] ?? 1)
        // No loop to start from: `any` over no element is not the −∞ that its combination starts with.
        return sizes.includes(0)
          ? { loops: () => [], combine: null, body: () => constant(op.start) }
          : {
              loops: () => sizes.map((size) => ({ size })),
              combine: sizes.length === 0 ? null : op.combine,
              body: ({ at, counters, read }) => read(0, inputCoordinates(attrs, shape.length, at, counters)),
            }
      },
    },
    cost: (_, inputs) => ({ flops: sizeOf(inputs[0]?.shape ?? []) }),
    samples: [
      { attrs: { axes: [0], keepDims: false }, inputs: [input('n')] },
      { attrs: { axes: [-1], keepDims: true }, inputs: [input('n', 'm')] },
      { attrs: { axes: [0, 2], keepDims: false }, inputs: [input('n', 'm', 'k')] },
      { attrs: { axes: [], keepDims: false }, inputs: [input('n')] },
      ...(op.samples ?? []),
    ],
    tolerance: { relative: op.relative ?? 1e-5 },
    laws: op.laws,
  })
  return { ...record, name: op.name }
}
