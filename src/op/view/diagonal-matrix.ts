import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { AxisPair, DiagonalMatrix, DiagonalMatrixCheck } from '../../shape/diagonal.js'
import { diagonalMatrixShape } from '../../shape/diagonal.js'
import type { DType, Dim, Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import { behindNewAxis } from '../batching.js'
import { apply1 } from '../def.js'
import { constant, guard, indexConst, indexSum, offset as plus, within } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { diagonalStart } from './diagonal.js'
import { floatInput, view } from './family.js'

export type DiagonalMatrixAttributes = {
  /** Which diagonal: how far right of the main one, or, negative, below it. */
  readonly offset: number
  /** Rows and columns. */
  readonly sizes: readonly [rows: Dim, columns: Dim]
  /** Which axes of the result they are, counted from 0. */
  readonly axes: AxisPair
}

const dim = t.union([t.number, t.string])

export const diagonalMatrixOp = view<DiagonalMatrixAttributes>({
  name: 'diagonalMatrix',
  doc: 'Zeros with the last axis of the operand on a diagonal of two new axes: the adjoint of diagonal.',
  attrs: t.readonly(
    t.strict({
      offset: t.number,
      sizes: t.readonly(t.tuple([dim, dim])),
      axes: t.readonly(t.tuple([t.number, t.number])),
    }),
  ),
  shape: ({ offset, sizes, axes }, from) => diagonalMatrixShape('diagonalMatrix', from, offset, sizes, axes),
  values: ({ offset, axes: [rows, columns] }, x, output) => {
    const data = new Float64Array(sizeOf(output))
    const strides = stridesOf(output)
    const [across, down] = [strides[columns] ?? 0, strides[rows] ?? 0]
    const [row, column] = diagonalStart(offset)
    const others = strides.filter((_, axis) => axis !== rows && axis !== columns)
    const target = { offset: row * down + column * across, strides: [...others, down + across] }
    copyBox(x.shape, x.data, { offset: 0, strides: stridesOf(x.shape) }, data, target)
    return data
  },
  body: ({ offset, axes: [rows, columns] }, _, __, { at, read }) => {
    const [row, column] = [at[rows] ?? indexConst(0), at[columns] ?? indexConst(0)]
    const others = at.filter((_index, axis) => axis !== rows && axis !== columns)
    const place = offset >= 0 ? row : plus(row, offset)
    return guard(
      [within(indexSum(0, [1, column], [-1, row]), offset, offset + 1)],
      read(0, [...others, place]),
      constant(0),
    )
  },
  pull: (b, { offset, axes }, _, cotangent) => b.diagonal(cotangent, offset, axes),
  push: (b, { offset, sizes, axes }, tangent) => b.diagonalMatrix(tangent, offset, sizes, axes),
  mapped: ({ offset, sizes, axes: [rows, columns] }) => ({
    offset,
    sizes,
    axes: [behindNewAxis(rows), behindNewAxis(columns)],
  }),
  samples: [
    { attrs: { offset: 0, sizes: ['$n', '$n'], axes: [0, 1] }, inputs: [floatInput('n')] },
    { attrs: { offset: 1, sizes: [4, 3], axes: [2, 0] }, inputs: [floatInput('n', 2)] },
    { attrs: { offset: -2, sizes: [5, 4], axes: [0, 2] }, inputs: [floatInput('n', 3)] },
    { attrs: { offset: 7, sizes: [2, 3], axes: [0, 1] }, inputs: [floatInput(0)] },
  ],
})

/**
 * Square matrices with the last axis of x on one diagonal and zeros beside it: [..., n] becomes
 * [..., n + |offset|, n + |offset|]. A positive offset is right of the main diagonal, a negative one below it.
 * @throws TraceFailure with a ShapeError where x is a scalar, or its last axis a name and the offset not 0.
 */
export const diagonalMatrix =
  <const Offset extends number = 0>(offset?: Offset) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & DiagonalMatrixCheck<S, Offset>,
  ): Tensor<DiagonalMatrix<S, Offset>, D> => {
    const k: number = offset ?? 0
    const last = x.shape.at(-1) ?? 0
    const side = typeof last === 'number' ? last + Math.abs(k) : last
    const axes: AxisPair = [x.shape.length - 1, x.shape.length]
    return typedResult(apply1(diagonalMatrixOp, { offset: k, sizes: [side, side], axes }, [x]))
  }
