import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { AxesCheck } from '../../shape/permute.js'
import { checkAxes, fromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import { apply1 } from '../def.js'
import { indexSum } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type FlipAttributes = {
  /** Counted from 0. */
  readonly axes: readonly number[]
}

export const flipOp = view<FlipAttributes>({
  name: 'flip',
  doc: 'The elements in reverse order along the given axes.',
  attrs: t.readonly(t.strict({ axes: t.readonlyArray(t.number) })),
  shape: ({ axes }, from) => E.map(() => from)(checkAxes('flip', from, axes)),
  values: ({ axes }, x, output) => {
    const data = new Float64Array(sizeOf(output))
    const strides = stridesOf(x.shape)
    const last = axes.reduce((sum, axis) => sum + ((x.shape[axis] ?? 1) - 1) * (strides[axis] ?? 0), 0)
    const backwards = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride))
    if (data.length > 0)
      copyBox(output, x.data, { offset: last, strides: backwards }, data, { offset: 0, strides })
    return data
  },
  body: ({ axes }, from, _, { at, read }) =>
    read(
      0,
      at.map((index, axis) => (axes.includes(axis) ? indexSum((from[axis] ?? 1) - 1, [-1, index]) : index)),
    ),
  pull: (b, { axes }, _, cotangent) => b.flip(cotangent, axes),
  push: (b, { axes }, tangent) => b.flip(tangent, axes),
  mapped: ({ axes }) => ({ axes: axes.map(behindNewAxis) }),
  samples: [
    { attrs: { axes: [0] }, inputs: [floatInput('n')] },
    { attrs: { axes: [1] }, inputs: [floatInput('n', 'm')] },
    { attrs: { axes: [2, 0] }, inputs: [floatInput('n', 'm', 'k')] },
    { attrs: { axes: [] }, inputs: [floatInput()] },
    { attrs: { axes: [0] }, inputs: [floatInput(0, 'm')] },
  ],
  laws: ['linear', 'involution'],
})

/**
 * x in reverse order along the given axes, which may count from the end.
 * @throws TraceFailure with a ShapeError where they are not distinct axes of x.
 */
export const flip =
  <const Axes extends readonly number[]>(axes: Axes) =>
  <From extends Shape, D extends DType>(
    x: Tensor<From, D> & AxesCheck<'flip', From, Axes>,
  ): Tensor<From, D> =>
    typedResult(apply1(flipOp, { axes: axes.map((axis) => fromFront(axis, x.shape.length)) }, [x]))
