import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { AxisPair, Diagonal, DiagonalCheck } from '../../shape/diagonal.js'
import { diagonalShape } from '../../shape/diagonal.js'
import type { DType, Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import { fromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import { apply1 } from '../def.js'
import { indexConst, offset as plus } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type DiagonalAttributes = {
  /** Which diagonal: how far right of the main one, or, negative, below it. */
  readonly offset: number
  /** The axes of rows and of columns, counted from 0. */
  readonly axes: AxisPair
}

/** Row and column of the diagonal's first element. */
export const diagonalStart = (offset: number): readonly [row: number, column: number] => [
  Math.max(0, -offset),
  Math.max(0, offset),
]

export const diagonalOp = view<DiagonalAttributes>({
  name: 'diagonal',
  doc: 'A diagonal of two axes as a new last axis: its element i is element (i, i + offset) of the two, or (i − offset, i) where the offset is negative.',
  attrs: t.readonly(t.strict({ offset: t.number, axes: t.readonly(t.tuple([t.number, t.number])) })),
  shape: ({ offset, axes }, from) => diagonalShape('diagonal', from, offset, axes),
  values: ({ offset, axes: [rows, columns] }, x, output) => {
    const data = new Float64Array(sizeOf(output))
    const strides = stridesOf(x.shape)
    const [across, down] = [strides[columns] ?? 0, strides[rows] ?? 0]
    const [row, column] = diagonalStart(offset)
    const others = strides.filter((_, axis) => axis !== rows && axis !== columns)
    const source = { offset: row * down + column * across, strides: [...others, down + across] }
    copyBox(output, x.data, source, data, { offset: 0, strides: stridesOf(output) })
    return data
  },
  body: ({ offset, axes: [rows, columns] }, from, _, { at, read }) => {
    const [row, column] = diagonalStart(offset)
    const place = at.at(-1) ?? indexConst(0)
    const others = at.slice(0, -1).values()
    return read(
      0,
      from.map((_size, axis) =>
        axis === rows
          ? plus(place, row)
          : axis === columns
            ? plus(place, column)
            : (others.next().value ?? indexConst(0)),
      ),
    )
  },
  pull: (b, { offset, axes }, x, cotangent) =>
    b.diagonalMatrix(cotangent, offset, [x.shape[axes[0]] ?? 0, x.shape[axes[1]] ?? 0], axes),
  push: (b, { offset, axes }, tangent) => b.diagonal(tangent, offset, axes),
  mapped: ({ offset, axes: [rows, columns] }) => ({
    offset,
    axes: [behindNewAxis(rows), behindNewAxis(columns)],
  }),
  samples: [
    { attrs: { offset: 0, axes: [0, 1] }, inputs: [floatInput('n', 'n')] },
    { attrs: { offset: 1, axes: [2, 0] }, inputs: [floatInput(3, 'm', 4)] },
    { attrs: { offset: -2, axes: [0, 2] }, inputs: [floatInput(3, 'm', 4)] },
    { attrs: { offset: 5, axes: [0, 1] }, inputs: [floatInput(2, 4)] },
  ],
})

export interface DiagonalOptions<Offset extends number, Axes extends AxisPair> {
  /** Which diagonal: how far right of the main one, or, negative, below it. Default 0. */
  readonly offset?: Offset
  /** The axes of rows and of columns, which may count from the end. Default the last two. */
  readonly axes?: Axes
}

/**
 * A diagonal of two axes of x, which leave; it becomes the last axis. `pipe(x, diagonal())` of [..., n, n] is
 * [..., n]. A diagonal that lies outside is empty.
 * @throws TraceFailure with a ShapeError where they are not two axes of x, or where the length of the diagonal
 * depends on a name.
 */
export const diagonal =
  <const Offset extends number = 0, const Axes extends AxisPair = readonly [-2, -1]>(
    options: DiagonalOptions<Offset, Axes> = {},
  ) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & DiagonalCheck<S, Offset, Axes>,
  ): Tensor<Diagonal<S, Offset, Axes>, D> => {
    const [rows, columns]: AxisPair = options.axes ?? [-2, -1]
    const axes: AxisPair = [fromFront(rows, x.shape.length), fromFront(columns, x.shape.length)]
    return typedResult(apply1(diagonalOp, { offset: options.offset ?? 0, axes }, [x]))
  }
