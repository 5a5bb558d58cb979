import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { AxisRange, Sliced, SliceCheck } from '../../shape/slice.js'
import { rangesOf, sliceShape } from '../../shape/slice.js'
import { apply1 } from '../def.js'
import { offset } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type SliceAttributes = {
  readonly start: readonly number[]
  /** One past the last element of each axis; for a named axis its name. */
  readonly end: Shape
}

export const sliceOp = view<SliceAttributes>({
  name: 'slice',
  doc: 'Elements start ≤ i < end of each axis; a named axis is kept whole.',
  attrs: t.readonly(
    t.strict({ start: t.readonlyArray(t.number), end: t.readonlyArray(t.union([t.number, t.string])) }),
  ),
  shape: ({ start, end }, from) => sliceShape('slice', from, start, end),
  values: ({ start }, x, output) => {
    const data = new Float64Array(sizeOf(output))
    const strides = stridesOf(x.shape)
    const first = strides.reduce((sum, stride, axis) => sum + stride * (start[axis] ?? 0), 0)
    copyBox(output, x.data, { offset: first, strides }, data, { offset: 0, strides: stridesOf(output) })
    return data
  },
  body: ({ start }, _, __, { at, read }) =>
    read(
      0,
      at.map((index, axis) => offset(index, start[axis] ?? 0)),
    ),
  pull: (b, { start, end }, x, cotangent) =>
    b.pad(
      cotangent,
      x.shape.map((size, axis) => {
        const last = end[axis]
        return typeof size === 'number' && typeof last === 'number' ? [start[axis] ?? 0, size - last] : [0, 0]
      }),
    ),
  push: (b, { start, end }, tangent) => b.slice(tangent, start, end),
  mapped: ({ start, end }, _, size) => ({ start: [0, ...start], end: [size, ...end] }),
  samples: [
    { attrs: { start: [1], end: ['$n'] }, inputs: [floatInput('n')] },
    { attrs: { start: [0, 1], end: ['$n', 4] }, inputs: [floatInput('n', 5)] },
    { attrs: { start: [0, 2, 1], end: [2, 3, 1] }, inputs: [floatInput(2, 4, 3)] },
    { attrs: { start: [], end: [] }, inputs: [floatInput()] },
  ],
})

/**
 * Elements start ≤ i < end of the first axes, one range an axis; `'all'` keeps an axis whole, and so are
 * axes without a range.
 * @throws TraceFailure with a ShapeError where a range does not lie in its axis.
 */
export const slice =
  <const Ranges extends readonly AxisRange[]>(ranges: Ranges) =>
  <From extends Shape, D extends DType>(
    x: Tensor<From, D> & SliceCheck<From, Ranges>,
  ): Tensor<Sliced<From, Ranges>, D> =>
    typedResult(apply1(sliceOp, rangesOf(x.shape, ranges), [x]))
