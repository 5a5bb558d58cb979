import * as t from 'io-ts'
import type { Condition, Index } from '../../ir/scalar.js'
import type { Tensor } from '../../ir/tensor.js'
import type { PadCheck, Padded, PadWidth, Width } from '../../shape/pad.js'
import { dilatedSize, padShape, plainWidth } from '../../shape/pad.js'
import type { DType, Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { NdArray } from '../def.js'
import { apply1 } from '../def.js'
import { constant, guard, offset, quotient, remainder, within } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type PadAttributes = {
  /** Elements before and after each axis, where a negative count crops; a third count goes between each two. */
  readonly widths: readonly PadWidth[]
  readonly value: number
}

const NONE: Width = [0, 0]

/** How far apart neighbours of an axis lie in the result. */
const strideOf = (width: PadWidth | undefined): number => (width?.[2] ?? 0) + 1

const padValues = ({ widths, value }: PadAttributes, x: NdArray, output: readonly number[]): Float64Array => {
  const data = new Float64Array(sizeOf(output)).fill(value)
  // Along each axis the elements from `first` up to `last` of the operand are shown.
  const shown = x.shape.map((size, axis) => {
    const [before, stride] = [(widths[axis] ?? NONE)[0], strideOf(widths[axis])]
    const first = Math.max(0, Math.ceil(-before / stride))
    const last = Math.min(size, Math.ceil(((output[axis] ?? 0) - before) / stride))
    return { first, count: Math.max(0, last - first), place: before + first * stride, stride }
  })
  const box = shown.map(({ count }) => count)
  if (sizeOf(box) === 0) return data
  const [from, to] = [stridesOf(x.shape), stridesOf(output)]
  const at = (strides: readonly number[], start: readonly number[]): number =>
    strides.reduce((sum, stride, axis) => sum + stride * (start[axis] ?? 0), 0)
  const source = {
    offset: at(
      from,
      shown.map(({ first }) => first),
    ),
    strides: from,
  }
  const target = {
    offset: at(
      to,
      shown.map(({ place }) => place),
    ),
    strides: to.map((stride, axis) => stride * (shown[axis]?.stride ?? 1)),
  }
  copyBox(box, x.data, source, data, target)
  return data
}

/** Where an index of the result lies on an axis of the operand, and what must hold for it to lie there. */
const sourceOf = (
  index: Index,
  size: number,
  width: PadWidth,
): { readonly place: Index; readonly inside: Condition } => {
  const [before, after] = width
  const stride = strideOf(width)
  const place = offset(index, -before)
  const bounds = before > 0 || after > 0 ? [within(place, 0, dilatedSize(size, stride - 1))] : []
  return stride === 1
    ? { place, inside: bounds }
    : { place: quotient(place, stride), inside: [...bounds, within(remainder(place, stride), 0, 1)] }
}

export const padOp = view<PadAttributes>({
  name: 'pad',
  doc: 'The operand with `value` before and after each axis, where a negative count crops, and between its elements where a third count is given. A named axis is left as it is.',
  attrs: t.readonly(
    t.strict({
      widths: t.readonlyArray(
        t.union([
          // First, because a codec of pairs would take a triple and drop its third.
          t.readonly(t.tuple([t.number, t.number, t.number])),
          t.readonly(t.tuple([t.number, t.number])),
        ]),
      ),
      value: t.number,
    }),
  ),
  shape: ({ widths }, from) => padShape('pad', from, widths),
  values: padValues,
  body: ({ widths, value }, from, _, { at, read }) => {
    const sources = at.map((index, axis) => sourceOf(index, from[axis] ?? 0, widths[axis] ?? NONE))
    const element = read(
      0,
      sources.map(({ place }) => place),
    )
    const inside = sources.flatMap((source) => source.inside)
    return inside.length === 0 ? element : guard(inside, element, constant(value))
  },
  // −0 would be a number other than 0 to the keys of nodes.
  pull: (b, { widths }, x, cotangent) => {
    const bare = b.pad(
      cotangent,
      widths.map(([before, after]) => [0 - before, 0 - after]),
    )
    const steps = widths.map(strideOf)
    return steps.every((step) => step === 1)
      ? bare
      : b.slice(
          bare,
          x.shape.map(() => 0),
          bare.shape,
          steps,
        )
  },
  push: (b, { widths }, tangent) => b.pad(tangent, widths),
  mapped: ({ widths, value }) => ({ widths: [NONE, ...widths], value }),
  samples: [
    { attrs: { widths: [[1, 2]], value: 0 }, inputs: [floatInput('n')] },
    {
      attrs: {
        widths: [
          [0, 0],
          [2, 0],
        ],
        value: 1.5,
      },
      inputs: [floatInput('n', 'm')],
    },
    {
      attrs: {
        widths: [
          [-1, 2],
          [1, -2],
        ],
        value: 0,
      },
      inputs: [floatInput(3, 4)],
    },
    { attrs: { widths: [[3, -2]], value: 0 }, inputs: [floatInput(1)] },
    { attrs: { widths: [[1, 1]], value: 0 }, inputs: [floatInput(0)] },
    { attrs: { widths: [[1, 0, 2]], value: 2.5 }, inputs: [floatInput('n')] },
    {
      attrs: {
        widths: [
          [-1, 1, 1],
          [0, 0],
          [2, -2, 2],
        ],
        value: 0,
      },
      inputs: [floatInput(3, 'n', 2)],
    },
  ],
  laws: [],
})

/**
 * x with `value` (0 unless stated) before and after each axis, one pair of counts an axis; a negative count
 * crops, and a named axis takes [0, 0]. A third count puts as many between each two elements of the axis:
 * `[0, 0, 1]` undoes the step of `slice([[null, null, 2]])`.
 * @throws TraceFailure with a ShapeError where the counts do not fit the axes.
 */
export const pad =
  <const Widths extends readonly PadWidth[]>(widths: Widths, value = 0) =>
  <From extends Shape, D extends DType>(
    x: Tensor<From, D> & PadCheck<From, Widths>,
  ): Tensor<Padded<From, Widths>, D> =>
    typedResult(apply1(padOp, { widths: widths.map(plainWidth), value }, [x]))
