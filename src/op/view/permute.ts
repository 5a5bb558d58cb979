import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import { stridesOf } from '../../shape/dim.js'
import type { PermuteCheck, Permuted } from '../../shape/permute.js'
import { fromFront, permuteShape } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import { apply1 } from '../def.js'
import { indexConst } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type PermuteAttributes = {
  /** Axis k of the result is axis `order[k]` of the operand; counted from 0. */
  readonly order: readonly number[]
}

/** The permutation that undoes `order`. */
const inverse = (order: readonly number[]): readonly number[] => order.map((_, axis) => order.indexOf(axis))

export const permuteOp = view<PermuteAttributes>({
  name: 'permute',
  doc: 'Axes in another order: axis k of the result is axis order[k] of the operand.',
  attrs: t.readonly(t.strict({ order: t.readonlyArray(t.number) })),
  shape: ({ order }, from) => permuteShape('permute', from, order),
  values: ({ order }, x, output) => {
    const data = new Float64Array(x.data.length)
    const strides = stridesOf(x.shape)
    const source = { offset: 0, strides: order.map((axis) => strides[axis] ?? 0) }
    copyBox(output, x.data, source, data, { offset: 0, strides: stridesOf(output) })
    return data
  },
  body: ({ order }, _, __, { at, read }) =>
    read(
      0,
      inverse(order).map((axis) => at[axis] ?? indexConst(0)),
    ),
  pull: (b, { order }, _, cotangent) => b.permute(cotangent, inverse(order)),
  push: (b, { order }, tangent) => b.permute(tangent, order),
  mapped: ({ order }) => ({ order: [0, ...order.map(behindNewAxis)] }),
  samples: [
    { attrs: { order: [1, 0] }, inputs: [floatInput('n', 'm')] },
    { attrs: { order: [2, 0, 1] }, inputs: [floatInput('n', 'm', 'k')] },
    { attrs: { order: [0, 1] }, inputs: [floatInput('n', 'm')] },
    { attrs: { order: [] }, inputs: [floatInput()] },
    { attrs: { order: [1, 0] }, inputs: [floatInput(0, 'm')] },
  ],
})

/**
 * Axes in another order: axis k of the result is axis `order[k]` of x; axes may count from the end.
 * @throws TraceFailure with a ShapeError where `order` does not name every axis once.
 */
export const permute =
  <const Order extends readonly number[]>(order: Order) =>
  <From extends Shape, D extends DType>(
    x: Tensor<From, D> & PermuteCheck<From, Order>,
  ): Tensor<Permuted<From, Order>, D> =>
    typedResult(apply1(permuteOp, { order: order.map((axis) => fromFront(axis, x.shape.length)) }, [x]))
