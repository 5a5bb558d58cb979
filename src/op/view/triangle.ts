import * as t from 'io-ts'
import type { Bound } from '../../ir/scalar.js'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import type { TriangleCheck } from '../../shape/triangle.js'
import { triangleShape } from '../../shape/triangle.js'
import { apply1 } from '../def.js'
import { constant, guard, indexConst, indexSum, within } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { floatInput, view } from './family.js'

export type TriangleAttributes = {
  /** Which side of the diagonal is kept, the diagonal included. */
  readonly part: 'lower' | 'upper'
  /** Which diagonal: how far right of the main one, or, negative, below it. */
  readonly offset: number
}

/** Columns minus rows for the kept elements, from the one bound up to before the other. */
const kept = ({ part, offset }: TriangleAttributes, [rows = 0, columns = 0]: readonly number[]) =>
  part === 'lower' ? ([-rows, offset + 1] as const) : ([offset, columns + 1] as const)

export const triangleOp = view<TriangleAttributes>({
  name: 'triangle',
  doc: 'The elements of the last two axes on and below (lower) or on and above (upper) a diagonal; 0 elsewhere.',
  attrs: t.readonly(t.strict({ part: t.union([t.literal('lower'), t.literal('upper')]), offset: t.number })),
  shape: ({ offset }, from) => triangleShape('triangle', from, offset),
  values: ({ part, offset }, x) => {
    const [rows = 1, columns = 1] = x.shape.slice(-2)
    return x.data.map((value, flat) => {
      const column = flat % columns
      const edge = (Math.floor(flat / columns) % rows) + offset
      return (part === 'lower' ? column <= edge : column >= edge) ? value : 0
    })
  },
  body: (attrs, from, _, { at, read }) => {
    const [row = indexConst(0), column = indexConst(0)] = at.slice(-2)
    const [low, high] = kept(attrs, from.slice(-2))
    const side: Bound = within(indexSum(0, [1, column], [-1, row]), low, high)
    return guard([side], read(0, at), constant(0))
  },
  pull: (b, { part, offset }, _, cotangent) => b.triangle(cotangent, part, offset),
  push: (b, { part, offset }, tangent) => b.triangle(tangent, part, offset),
  mapped: (attrs) => attrs,
  samples: [
    { attrs: { part: 'lower', offset: 0 }, inputs: [floatInput('n', 'n')] },
    { attrs: { part: 'upper', offset: 1 }, inputs: [floatInput('k', 'n', 'm')] },
    { attrs: { part: 'lower', offset: -2 }, inputs: [floatInput(4, 3)] },
    { attrs: { part: 'upper', offset: -9 }, inputs: [floatInput(2, 'n')] },
    { attrs: { part: 'lower', offset: 1 }, inputs: [{ shape: [3, 4], dtype: 'bool', domain: 'bool' }] },
  ],
  laws: ['linear', 'idempotent'],
})

/**
 * x with the elements above a diagonal of its last two axes set to 0 (`jnp.tril`): element (i, j) stays where
 * j ≤ i + offset. What is set to 0 is not looked at: a NaN there is gone.
 * @throws TraceFailure with a ShapeError where x has fewer than two axes.
 */
export const lowerTriangle =
  (offset = 0) =>
  <S extends Shape, D extends DType>(x: Tensor<S, D> & TriangleCheck<'lowerTriangle', S>): Tensor<S, D> =>
    typedResult(apply1(triangleOp, { part: 'lower', offset }, [x]))

/**
 * x with the elements below a diagonal of its last two axes set to 0 (`jnp.triu`): element (i, j) stays where
 * j ≥ i + offset.
 * @throws TraceFailure with a ShapeError where x has fewer than two axes.
 */
export const upperTriangle =
  (offset = 0) =>
  <S extends Shape, D extends DType>(x: Tensor<S, D> & TriangleCheck<'upperTriangle', S>): Tensor<S, D> =>
    typedResult(apply1(triangleOp, { part: 'upper', offset }, [x]))
