import * as t from 'io-ts'
import type { Index } from '../../ir/scalar.js'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import { stridesOf } from '../../shape/dim.js'
import { fromFront } from '../../shape/permute.js'
import type { RollCheck } from '../../shape/roll.js'
import { rollShape } from '../../shape/roll.js'
import { behindNewAxis } from '../batching.js'
import { apply1 } from '../def.js'
import { offset, remainder } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type RollAttributes = {
  /** How far elements move towards the end of each of the axes; negative towards the front. */
  readonly shifts: readonly number[]
  /** Counted from 0. */
  readonly axes: readonly number[]
}

/** The shift that is not negative and smaller than the axis, and does the same. */
const within = (shift: number, size: number): number =>
  size === 0 ? 0 : shift - size * Math.floor(shift / size)

/** The elements that stay on the axis, then those that come round. */
const rolled = (shape: readonly number[], data: Float64Array, axis: number, by: number): Float64Array => {
  const result = new Float64Array(data.length)
  const strides = stridesOf(shape)
  const [size, stride] = [shape[axis] ?? 0, strides[axis] ?? 0]
  const shift = within(by, size)
  const move = (count: number, from: number, to: number): void =>
    copyBox(shape.with(axis, count), data, { offset: from * stride, strides }, result, {
      offset: to * stride,
      strides,
    })
  move(size - shift, 0, shift)
  move(shift, size - shift, 0)
  return result
}

/** Where the element at `index` of an axis came from. */
const cameFrom = (index: Index, size: number, by: number): Index => {
  const shift = within(by, size)
  return shift === 0 ? index : remainder(offset(index, size - shift), size)
}

export const rollOp = view<RollAttributes>({
  name: 'roll',
  doc: 'The elements shifted around along axes: element i of an axis goes to (i + shift) mod size.',
  attrs: t.readonly(t.strict({ shifts: t.readonlyArray(t.number), axes: t.readonlyArray(t.number) })),
  shape: ({ shifts, axes }, from) => rollShape('roll', from, shifts, axes),
  values: ({ shifts, axes }, x) =>
    axes.reduce((data, axis, i) => rolled(x.shape, data, axis, shifts[i] ?? 0), x.data),
  body: ({ shifts, axes }, from, _, { at, read }) =>
    read(
      0,
      at.map((index, axis) => cameFrom(index, from[axis] ?? 1, shifts[axes.indexOf(axis)] ?? 0)),
    ),
  // 0 − s, since −0 would be a number other than 0 to the keys of nodes.
  pull: (b, { shifts, axes }, _, cotangent) =>
    b.roll(
      cotangent,
      shifts.map((shift) => 0 - shift),
      axes,
    ),
  push: (b, { shifts, axes }, tangent) => b.roll(tangent, shifts, axes),
  mapped: ({ shifts, axes }) => ({ shifts, axes: axes.map(behindNewAxis) }),
  samples: [
    { attrs: { shifts: [1], axes: [0] }, inputs: [floatInput('n')] },
    { attrs: { shifts: [-2, 5], axes: [2, 0] }, inputs: [floatInput('n', 2, 'm')] },
    { attrs: { shifts: [0, 3], axes: [0, 1] }, inputs: [floatInput('n', 3)] },
    { attrs: { shifts: [], axes: [] }, inputs: [floatInput()] },
    { attrs: { shifts: [7], axes: [1] }, inputs: [{ shape: [2, 5], dtype: 'bool', domain: 'bool' }] },
  ],
})

/**
 * x shifted around along axes, one shift an axis, which may count from the end: element i goes to
 * (i + shift) mod size, so a positive shift moves towards the end (`jnp.roll(x, shifts, axes)`).
 * @throws TraceFailure with a ShapeError where the axes are not distinct axes of x with one whole shift each.
 */
export const roll =
  <const Shifts extends readonly number[], const Axes extends readonly number[]>(
    shifts: Shifts,
    axes: Axes,
  ) =>
  <From extends Shape, D extends DType>(
    x: Tensor<From, D> & RollCheck<From, Shifts, Axes>,
  ): Tensor<From, D> =>
    typedResult(apply1(rollOp, { shifts, axes: axes.map((axis) => fromFront(axis, x.shape.length)) }, [x]))
