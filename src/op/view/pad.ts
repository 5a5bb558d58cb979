import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { PadCheck, Padded, Width } from '../../shape/pad.js'
import { padShape } from '../../shape/pad.js'
import type { DType, Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { NdArray } from '../def.js'
import { apply1 } from '../def.js'
import { constant, guard, offset, within } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type PadAttributes = {
  /** Elements before and after each axis; a negative count crops. */
  readonly widths: readonly Width[]
  readonly value: number
}

const NONE: Width = [0, 0]

const padValues = ({ widths, value }: PadAttributes, x: NdArray, output: readonly number[]): Float64Array => {
  const data = new Float64Array(sizeOf(output)).fill(value)
  const before = x.shape.map((_, axis) => (widths[axis] ?? NONE)[0])
  // The part of the operand that the result shows, from `first` on in the operand.
  const first = before.map((count) => Math.max(0, -count))
  const box = x.shape.map((size, axis) => {
    const room = (output[axis] ?? 0) - Math.max(0, before[axis] ?? 0)
    return Math.max(0, Math.min(size - (first[axis] ?? 0), room))
  })
  if (sizeOf(box) === 0) return data
  const [from, to] = [stridesOf(x.shape), stridesOf(output)]
  const at = (strides: readonly number[], start: readonly number[]): number =>
    strides.reduce((sum, stride, axis) => sum + stride * (start[axis] ?? 0), 0)
  const target = {
    offset: at(
      to,
      before.map((count) => Math.max(0, count)),
    ),
    strides: to,
  }
  copyBox(box, x.data, { offset: at(from, first), strides: from }, data, target)
  return data
}

export const padOp = view<PadAttributes>({
  name: 'pad',
  doc: 'The operand with `value` before and after each axis; a negative count crops. A named axis is left as it is.',
  attrs: t.readonly(
    t.strict({ widths: t.readonlyArray(t.readonly(t.tuple([t.number, t.number]))), value: t.number }),
  ),
  shape: ({ widths }, from) => padShape('pad', from, widths),
  values: padValues,
  body: ({ widths, value }, from, _, { at, read }) => {
    const source = at.map((index, axis) => offset(index, -(widths[axis] ?? NONE)[0]))
    const inside = source.flatMap((index, axis) => {
      const [before, after] = widths[axis] ?? NONE
      return before > 0 || after > 0 ? [within(index, 0, from[axis] ?? 0)] : []
    })
    return inside.length === 0 ? read(0, source) : guard(inside, read(0, source), constant(value))
  },
  // −0 would be a number other than 0 to the keys of nodes.
  pull: (b, { widths }, _, cotangent) =>
    b.pad(
      cotangent,
      widths.map(([before, after]) => [0 - before, 0 - after]),
    ),
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
  ],
  laws: [],
})

/**
 * x with `value` (0 unless stated) before and after each axis, one pair of counts an axis; a negative count
 * crops, and a named axis takes [0, 0].
 * @throws TraceFailure with a ShapeError where the counts do not fit the axes.
 */
export const pad =
  <const Widths extends readonly Width[]>(widths: Widths, value = 0) =>
  <From extends Shape, D extends DType>(
    x: Tensor<From, D> & PadCheck<From, Widths>,
  ): Tensor<Padded<From, Widths>, D> =>
    typedResult(apply1(padOp, { widths, value }, [x]))
