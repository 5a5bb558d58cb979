import * as t from 'io-ts'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import { sizeOf, stridesOf } from '../../shape/dim.js'
import type { PadWidth } from '../../shape/pad.js'
import { fromFront } from '../../shape/permute.js'
import type { Windows, WindowsCheck } from '../../shape/windows.js'
import { windowsShape } from '../../shape/windows.js'
import { behindNewAxis } from '../batching.js'
import type { Builder } from '../builder.js'
import { apply1 } from '../def.js'
import { indexConst, indexSum } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { copyBox } from './copy.js'
import { floatInput, view } from './family.js'

export type WindowsAttributes = {
  /** Elements of a window. */
  readonly size: number
  /** From the beginning of one to that of the next. */
  readonly step: number
  /** Counted from 0. */
  readonly axis: number
}

/** Element number `tap` of each window, put where it came from in x. */
const putBack = (
  b: Builder,
  { step, axis }: WindowsAttributes,
  x: Tensor,
  cotangent: Tensor,
  tap: number,
): Tensor => {
  const lead = cotangent.shape.slice(0, -1)
  const part = b.slice(cotangent, [...lead.map(() => 0), tap], [...lead, tap + 1])
  const reached = (Number(lead[axis]) - 1) * step + 1
  const width: PadWidth = [tap, Number(x.shape[axis]) - reached - tap, step - 1]
  return b.pad(
    b.reshape(part, lead),
    lead.map((_, k): PadWidth => (k === axis ? width : [0, 0])),
  )
}

export const windowsOp = view<WindowsAttributes>({
  name: 'windows',
  doc: 'Sliding windows along an axis: window i holds the elements from i·step on; the windows take the place of the axis, their elements are a new last axis. The adjoint adds what windows share, one pad for each element of a window.',
  attrs: t.readonly(t.strict({ size: t.number, step: t.number, axis: t.number })),
  shape: ({ size, step, axis }, from) => windowsShape('windows', from, size, step, axis),
  values: ({ step, axis }, x, output) => {
    const data = new Float64Array(sizeOf(output))
    const strides = stridesOf(x.shape)
    const along = strides[axis] ?? 0
    const source = { offset: 0, strides: [...strides.with(axis, step * along), along] }
    if (data.length > 0) copyBox(output, x.data, source, data, { offset: 0, strides: stridesOf(output) })
    return data
  },
  body: ({ step, axis }, _, __, { at, read }) => {
    const [window, tap] = [at[axis] ?? indexConst(0), at.at(-1) ?? indexConst(0)]
    return read(0, at.slice(0, -1).with(axis, indexSum(0, [step, window], [1, tap])))
  },
  pull: (b, attrs, x, cotangent) =>
    Array.from({ length: attrs.size }, (_, tap) => putBack(b, attrs, x, cotangent, tap)).reduce((sum, part) =>
      b.add(sum, part),
    ),
  push: (b, { size, step, axis }, tangent) => b.windows(tangent, size, step, axis),
  mapped: ({ size, step, axis }) => ({ size, step, axis: behindNewAxis(axis) }),
  samples: [
    { attrs: { size: 2, step: 1, axis: 0 }, inputs: [floatInput(4)] },
    { attrs: { size: 3, step: 2, axis: 1 }, inputs: [floatInput('n', 6, 'm')] },
    { attrs: { size: 1, step: 3, axis: 1 }, inputs: [floatInput('n', 5)] },
    { attrs: { size: 3, step: 4, axis: 0 }, inputs: [floatInput(3, 'n')] },
  ],
})

/**
 * Sliding windows of `size` elements along an axis, which may count from the end, one beginning every `step`
 * elements (1 unless stated): [..., n, ...] becomes [..., ⌊(n − size)/step⌋ + 1, ..., size], as
 * `numpy.lib.stride_tricks.sliding_window_view` and `torch.Tensor.unfold` have it. One call an axis makes patches.
 * @throws TraceFailure with a ShapeError where no window fits, or the axis has a name.
 */
export const windows =
  <const Size extends number, const Axis extends number, const Step extends number = 1>(
    size: Size,
    axis: Axis,
    step?: Step,
  ) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & WindowsCheck<S, Size, Axis>,
  ): Tensor<Windows<S, Size, Step, Axis>, D> =>
    typedResult(apply1(windowsOp, { size, step: step ?? 1, axis: fromFront(axis, x.shape.length) }, [x]))
