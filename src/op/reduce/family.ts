/** The family of reductions: axes are combined to one element each, and kept with size 1 or dropped. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Combine, Index } from '../../ir/scalar.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import { reduceShape } from '../../shape/reduce.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import { behindNewAxis } from '../batching.js'
import type { Builder } from '../builder.js'
import type { Domain, Law, NdArray, Primitive } from '../def.js'
import { apply, definePrimitive } from '../def.js'
import { indexConst } from '../scalar-expression.js'
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
}

/** Axes counted from the front. */
export const normaliseAxes = (axes: readonly number[], rank: number): readonly number[] =>
  axes.map((axis) => (axis < 0 ? axis + rank : axis))

const evaluateReduction = (
  op: Reduction,
  attrs: ReduceAttributes,
  { shape, data }: NdArray,
  output: readonly number[],
): NdArray => {
  const axes = new Set(normaliseAxes(attrs.axes, shape.length))
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
  const axes = new Set(normaliseAxes(attrs.axes, inputs[0]?.shape.length ?? 0))
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
  const axes = normaliseAxes(attrs.axes, rank)
  const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !axes.includes(axis))
  return Array.from({ length: rank }, (_, axis) =>
    axes.includes(axis)
      ? (counters[axes.indexOf(axis)] ?? indexConst(0))
      : (at[attrs.keepDims ? axis : others.indexOf(axis)] ?? indexConst(0)),
  )
}

/** The op record of a reduction. */
export const reduction = <const Name extends string>(
  op: Reduction<Name>,
): Primitive<ReduceAttributes> & { readonly name: Name } => {
  const record: Primitive<ReduceAttributes> = definePrimitive<ReduceAttributes>({
    name: op.name,
    category: 'reduce',
    doc: op.doc,
    attrs: reduceAttributes,
    type: atMost(op.name, 1, ({ axes, keepDims }, [x]) =>
      E.map((shape: Tensor['shape']) => [{ shape, dtype: 'f32' as const }])(
        reduceShape(op.name, x, axes, keepDims),
      ),
    ),
    evaluate: (attrs, [x], [output = []]) =>
      x === undefined ? [] : [evaluateReduction(op, attrs, x, output)],
    vjp: (b, { attrs, inputs, outputs: [output], cotangents: [cotangent] }) =>
      output === undefined || cotangent === undefined
        ? []
        : [op.vjp(b, { ...site(attrs, inputs, output), cotangent })],
    jvp: (b, { attrs, inputs, outputs: [output], tangents: [tangent] }) =>
      output === undefined || tangent === undefined || tangent === null
        ? [null]
        : [op.jvp(b, { ...site(attrs, inputs, output), tangent })],
    batch: (_, { attrs, inputs }) =>
      apply(record, { ...attrs, axes: attrs.axes.map(behindNewAxis) }, inputs),
    lower: {
      skeleton: 'reduce',
      nest: (attrs, [shape = []]) => ({
        loops: () => normaliseAxes(attrs.axes, shape.length).map((axis) => ({ size: shape[axis] ?? 1 })),
        combine: attrs.axes.length === 0 ? null : op.combine,
        body: ({ at, counters, read }) => read(0, inputCoordinates(attrs, shape.length, at, counters)),
      }),
    },
    cost: (_, inputs) => ({ flops: sizeOf(inputs[0]?.shape ?? []) }),
    samples: [
      { attrs: { axes: [0], keepDims: false }, inputs: [{ shape: ['n'], dtype: 'f32', domain: op.domain }] },
      {
        attrs: { axes: [-1], keepDims: true },
        inputs: [{ shape: ['n', 'm'], dtype: 'f32', domain: op.domain }],
      },
      {
        attrs: { axes: [0, 2], keepDims: false },
        inputs: [{ shape: ['n', 'm', 'k'], dtype: 'f32', domain: op.domain }],
      },
      { attrs: { axes: [], keepDims: false }, inputs: [{ shape: ['n'], dtype: 'f32', domain: op.domain }] },
    ],
    tolerance: { relative: op.relative ?? 1e-5 },
    laws: op.laws,
  })
  return { ...record, name: op.name }
}
