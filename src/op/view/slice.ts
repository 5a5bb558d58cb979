import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { PadWidth } from '../../shape/pad.js'
import type { AxisRange, Sliced, SliceCheck } from '../../shape/slice.js'
import { rangesOf, sliceShape } from '../../shape/slice.js'
import type { Builder } from '../builder.js'
import { apply1 } from '../def.js'
import { indexSum, offset } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type SliceAttributes = {
  readonly start: readonly number[]
  /** The first place beyond, of each axis; for a named axis its name, -1 where a backward step reaches element 0. */
  readonly end: Shape
  /** Not 0; absent where all are 1. */
  readonly step?: readonly number[]
}

/** The adjoint of steps: the cotangent with zeros between its elements, in order, at the places they came from. */
const spread = (b: Builder, { start, step = [] }: SliceAttributes, x: Tensor, cotangent: Tensor): Tensor => {
  const backward = step.flatMap((by, axis) => (by < 0 ? [axis] : []))
  const widths = x.shape.map((size, axis): PadWidth => {
    const [count, by, first] = [cotangent.shape[axis], step[axis] ?? 1, start[axis] ?? 0]
    if (typeof size !== 'number' || typeof count !== 'number') return [0, 0]
    if (count === 0) return [0, size]
    const last = first + (count - 1) * by
    return [Math.min(first, last), size - 1 - Math.max(first, last), Math.abs(by) - 1]
  })
  return b.pad(backward.length === 0 ? cotangent : b.flip(cotangent, backward), widths)
}

export const sliceOp = view<SliceAttributes>({
  name: 'slice',
  doc: 'Elements start, start + step, … before end of each axis, forwards or backwards; a named axis is kept whole.',
  attrs: t.exact(
    t.intersection([
      t.type({ start: t.readonlyArray(t.number), end: t.readonlyArray(t.union([t.number, t.string])) }),
      t.partial({ step: t.readonlyArray(t.number) }),
    ]),
  ),
  shape: (attrs, from) => sliceShape('slice', from, attrs),
  values: ({ start, step = [] }, x, output) => {
    const data = new Float64Array(sizeOf(output))
    if (data.length === 0) return data
    const strides = stridesOf(x.shape)
    const source = {
      offset: strides.reduce((sum, stride, axis) => sum + stride * (start[axis] ?? 0), 0),
      strides: strides.map((stride, axis) => stride * (step[axis] ?? 1)),
    }
    copyBox(output, x.data, source, data, { offset: 0, strides: stridesOf(output) })
    return data
  },
  body: ({ start, step = [] }, _, __, { at, read }) =>
    read(
      0,
      at.map((index, axis) => {
        const by = step[axis] ?? 1
        return by === 1 ? offset(index, start[axis] ?? 0) : indexSum(start[axis] ?? 0, [by, index])
      }),
    ),
  pull: (b, attrs, x, cotangent) =>
    attrs.step !== undefined
      ? spread(b, attrs, x, cotangent)
      : b.pad(
          cotangent,
          x.shape.map((size, axis) => {
            const last = attrs.end[axis]
            return typeof size === 'number' && typeof last === 'number'
              ? [attrs.start[axis] ?? 0, size - last]
              : [0, 0]
          }),
        ),
  push: (b, { start, end, step }, tangent) => b.slice(tangent, start, end, step),
  mapped: ({ start, end, step }, _, size) => ({
    start: [0, ...start],
    end: [size, ...end],
    ...(step === undefined ? {} : { step: [1, ...step] }),
  }),
  samples: [
    { attrs: { start: [1], end: ['$n'] }, inputs: [floatInput('n')] },
    { attrs: { start: [0, 1], end: ['$n', 4] }, inputs: [floatInput('n', 5)] },
    { attrs: { start: [0, 2, 1], end: [2, 3, 1] }, inputs: [floatInput(2, 4, 3)] },
    { attrs: { start: [], end: [] }, inputs: [floatInput()] },
    { attrs: { start: [0, 1], end: ['$n', 6], step: [1, 2] }, inputs: [floatInput('n', 7)] },
    { attrs: { start: [5, 2], end: [0, -1], step: [-3, -1] }, inputs: [floatInput(6, 3)] },
    { attrs: { start: [0, 0, 1], end: [5, 0, '$n'], step: [2, 2, 3] }, inputs: [floatInput(5, 2, 'n')] },
  ],
})

/**
 * Ranges of the first axes, one an axis: `'all'`, or `[start, end]`, or `[start, end, step]` with elements start,
 * start + step, … before `end`. As in NumPy a negative place counts from the end, a negative step goes backwards,
 * and null stands where such a range begins or ends by itself: `[null, null, -1]` is an axis backwards. Axes
 * without a range are kept whole, and so is a named axis.
 * @throws TraceFailure with a ShapeError where a range does not lie in its axis (it is not cut to fit).
 */
export const slice =
  <const Ranges extends readonly AxisRange[]>(ranges: Ranges) =>
  <From extends Shape, D extends DType>(
    x: Tensor<From, D> & SliceCheck<From, Ranges>,
  ): Tensor<Sliced<From, Ranges>, D> => {
    const { start, end, step } = rangesOf(x.shape, ranges)
    return typedResult(apply1(sliceOp, { start, end, ...(step === undefined ? {} : { step }) }, [x]))
  }
