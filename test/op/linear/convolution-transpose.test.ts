import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { convolutionTranspose } from '../../../src/op/linear/convolution-transpose.js'
import { convolution } from '../../../src/op/linear/convolution.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { Padding } from '../../../src/shape/slide.js'

import { wholeNumbers } from '../../support/nd-arrays.js'

const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })
const tensor = ({ data, shape }: NdArray): Tensor<Shape, 'f32'> => fromArray<Shape>(data, shape)

const valueOf = (x: Tensor): NdArray => {
  const [value] = evaluate([x])
  if (value === undefined) throw new RangeError('no value')
  return value
}

const dot = (a: NdArray, b: NdArray): number =>
  a.data.reduce((sum, value, i) => sum + value * (b.data[i] ?? Number.NaN), 0)

const axis = fc
  .tuple(size(1, 4), size(1, 3), size(1, 3), size(1, 3))
  .chain(([places, taps, stride, dilation]) => {
    const reach = (taps - 1) * dilation
    return fc
      .record({
        before: size(0, reach),
        after: size(0, reach),
        extra: size(0, stride - 1),
      })
      .map(({ before, after, extra }) => ({
        places,
        taps,
        stride,
        dilation,
        extra,
        padding: [before, after] as const,
        length: (places - 1) * stride + reach + 1 - before - after + extra,
      }))
  })
  .filter(({ length }) => length >= 0)

const pairs = fc
  .record({
    batch: size(0, 2),
    axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
    groups: size(1, 2),
    perGroup: size(1, 2),
    width: size(1, 2),
  })
  .chain(({ batch, axes, groups, perGroup, width }) =>
    fc.record({
      axes: fc.constant(axes),
      groups: fc.constant(groups),
      wide: wholeNumbers([batch, ...axes.map(({ length }) => length), groups * perGroup]),
      narrow: wholeNumbers([batch, ...axes.map(({ places }) => places), groups * width]),
      kernel: wholeNumbers([...axes.map(({ taps }) => taps), perGroup, groups * width]),
    }),
  )

test('with the kernel and options of a convolution it is its transpose: ⟨conv(x), y⟩ = ⟨x, convT(y)⟩', () => {
  fc.assert(
    fc.property(pairs, ({ axes, groups, wide, narrow, kernel }) => {
      const options = {
        groups,
        padding: axes.map(({ padding }) => padding),
        stride: axes.map(({ stride }) => stride),
        dilation: axes.map(({ dilation }) => dilation),
      }
      const outputPadding = axes.map(({ extra }) => extra)
      const down = valueOf(pipe(tensor(wide), convolution(options)(tensor(kernel))))
      const up = valueOf(
        pipe(tensor(narrow), convolutionTranspose({ ...options, outputPadding })(tensor(kernel))),
      )
      expect(down.shape).toEqual(narrow.shape)
      expect(up.shape).toEqual(wide.shape)
      expect(dot(down, narrow)).toBe(dot(wide, up))
    }),
  )
})

test('each element puts the kernel, times itself, where it stands', () => {
  const kernel = tensor({ shape: [3, 1, 1], data: Float64Array.of(1, 10, 100) })
  const x = tensor({ shape: [1, 2, 1], data: Float64Array.of(2, 3) })
  expect([...valueOf(pipe(x, convolutionTranspose({ stride: 2 })(kernel))).data]).toEqual([
    2, 20, 203, 30, 300,
  ])
  expect([
    ...valueOf(pipe(x, convolutionTranspose({ stride: 2, padding: 'same', outputPadding: 1 })(kernel))).data,
  ]).toEqual([20, 203, 30, 300])
  expect([...valueOf(pipe(x, convolutionTranspose({ stride: 2, padding: 'causal' })(kernel))).data]).toEqual([
    203, 30, 300,
  ])
})

test('a batch, and an axis that keeps its size, may be names', () => {
  const x = inputTensor('x', ['batch', 'time', 4], 'f32')
  const kernel = inputTensor('kernel', [3, 8, 4], 'f32')
  expect(pipe(x, convolutionTranspose({ padding: 'same' })(kernel)).shape).toEqual(['batch', 'time', 8])
})

const open = (...shape: Shape) => inputTensor<Shape, 'f32'>('x', shape, 'f32')

test.each([
  [
    'a kernel of another rank',
    () => pipe(open(1, 5, 4), convolutionTranspose()(open(3, 3, 8, 4))),
    'ShapeError in convolutionTranspose: expected x [batch, ...spatial, inputs] and a kernel [...taps, outputs / groups, inputs]',
  ],
  [
    'other channels',
    () => pipe(open(1, 5, 4), convolutionTranspose()(open(3, 8, 3))),
    'expected a kernel with 4 inputs, found x [1, 5, 4], kernel [3, 8, 3], padding [[0, 0]], groups 1, strides [1], dilations [1], output padding [0].',
  ],
  [
    'groups that do not divide',
    () => pipe(open(1, 5, 4), convolutionTranspose({ groups: 3 as number })(open(3, 8, 4))),
    'expected groups that divide the inputs',
  ],
  [
    'more output padding than the stride leaves open',
    () => pipe(open(1, 5, 4), convolutionTranspose({ stride: 2, outputPadding: 2 })(open(3, 8, 4))),
    'expected an output padding below the stride or the dilation',
  ],
  [
    'padding that leaves nothing',
    () => pipe(open(1, 1, 4), convolutionTranspose({ padding: [[5, 5]] as Padding })(open(3, 8, 4))),
    'a padding that leaves something',
  ],
  [
    'a stride along a named axis',
    () => pipe(open(1, 'time', 4), convolutionTranspose({ padding: 'same', stride: 2 })(open(3, 8, 4))),
    'a named axis needs stride 1 and before + after = taps − 1',
  ],
  [
    'steps for other axes',
    () => pipe(open(1, 5, 4), convolutionTranspose({ stride: [1, 2] })(open(3, 8, 4))),
    'expected padding and steps for 1 axes',
  ],
])('%s is refused with a text', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
