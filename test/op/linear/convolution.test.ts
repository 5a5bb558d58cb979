import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { vmap } from '../../../src/grad/batch.js'
import { grad } from '../../../src/grad/vjp.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { build } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { pullKernel } from '../../../src/op/linear/convolution-derivatives.js'
import { pullKernelGathered } from '../../../src/op/linear/convolution-gathered.js'
import { convolution } from '../../../src/op/linear/convolution.js'
import { sum } from '../../../src/op/reduce/sum.js'
import { evaluate } from '../../../src/run/reference.js'
import { slidingBy } from '../../../src/shape/convolution.js'
import type { Padding, Steps } from '../../../src/shape/slide.js'
import type { Shape } from '../../../src/shape/dim.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { coordinatesOf, elementAt, tabulate, wholeNumbers } from '../../support/nd-arrays.js'

type Pairs = readonly (readonly [number, number])[]

/** How taps slide along one axis. */
interface Sliding {
  readonly padding: readonly [number, number]
  readonly stride: number
  readonly dilation: number
}

/** Every place, tap and channel, straight from the definition. */
const convolveNaively = (
  x: NdArray,
  kernel: NdArray,
  slides: readonly Sliding[],
  groups: number,
): NdArray => {
  const rank = slides.length
  const taps = kernel.shape.slice(0, rank)
  const [perGroup = 0, outputs = 0] = kernel.shape.slice(rank)
  const spatial = slides.map(({ padding: [before, after], stride, dilation }, i) => {
    const room = (x.shape[i + 1] ?? 0) + before + after - ((taps[i] ?? 1) - 1) * dilation - 1
    return Math.floor(room / stride) + 1
  })
  const places = coordinatesOf([...taps, perGroup])
  return tabulate([x.shape[0] ?? 0, ...spatial, outputs], (at) => {
    const output = at.at(-1) ?? 0
    const group = Math.floor(output / (outputs / groups))
    return places.reduce((sum, place) => {
      const source = slides.map(
        ({ padding: [before], stride, dilation }, i) =>
          (at[i + 1] ?? 0) * stride + (place[i] ?? 0) * dilation - before,
      )
      if (source.some((i, axis) => i < 0 || i >= (x.shape[axis + 1] ?? 0))) return sum
      const channel = place[rank] ?? 0
      return (
        sum +
        elementAt(x, [at[0] ?? 0, ...source, group * perGroup + channel]) *
          elementAt(kernel, [...place, output])
      )
    }, 0)
  })
}

const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

const axis = fc
  .tuple(size(1, 6), size(1, 3), size(1, 3), size(1, 3), size(-1, 3))
  .chain(([length, taps, stride, dilation, before]) =>
    // Taps fit: length + before + after − (taps − 1) · dilation ≥ 0.
    fc.record({
      length: fc.constant(length),
      taps: fc.constant(taps),
      slide: size(Math.max(-1, (taps - 1) * dilation - length - before), 5).map((after): Sliding => ({
        padding: [before, after],
        stride,
        dilation,
      })),
    }),
  )

const convolutions = fc
  .record({
    batch: size(0, 2),
    axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
    groups: size(1, 3),
    perGroup: size(0, 2),
    width: size(0, 2),
  })
  .chain(({ batch, axes, groups, perGroup, width }) =>
    fc.record({
      groups: fc.constant(groups),
      slides: fc.constant(axes.map(({ slide }) => slide)),
      x: wholeNumbers([batch, ...axes.map(({ length }) => length), groups * perGroup]),
      kernel: wholeNumbers([...axes.map(({ taps }) => taps), perGroup, groups * width]),
    }),
  )

const convolve = (
  x: NdArray,
  kernel: NdArray,
  padding: Padding,
  groups: number,
  steps: { readonly stride?: Steps; readonly dilation?: Steps } = {},
): NdArray => {
  const [value] = evaluate([
    pipe(
      fromArray<Shape>(x.data, x.shape),
      convolution({ padding, groups, ...steps })(fromArray<Shape>(kernel.data, kernel.shape)),
    ),
  ])
  if (value === undefined) throw new RangeError('no value')
  return value
}

const plain = ({ shape, data }: NdArray) => ({ shape, data: [...data].map((value) => value + 0) })

test('in one, two and three dimensions it is the sum over taps and channels of each group', () => {
  fc.assert(
    fc.property(convolutions, ({ x, kernel, slides, groups }) => {
      const found = convolve(
        x,
        kernel,
        slides.map(({ padding }) => padding),
        groups,
        { stride: slides.map(({ stride }) => stride), dilation: slides.map(({ dilation }) => dilation) },
      )
      expect(plain(found)).toEqual(plain(convolveNaively(x, kernel, slides, groups)))
    }),
  )
})

test('a stride takes every stride-th place; one step for all axes is that step for each', () => {
  const cases = fc.tuple(size(1, 4), size(1, 3)).chain(([stride, dilation]) =>
    fc.record({
      stride: fc.constant(stride),
      dilation: fc.constant(dilation),
      padding: fc.constantFrom('same' as const, 'causal' as const),
      x: size(1, 7).chain((length) => wholeNumbers([1, length, 2, 2])),
      kernel: wholeNumbers([3, 1, 2, 2]),
    }),
  )
  fc.assert(
    fc.property(cases, ({ x, kernel, padding, stride, dilation }) => {
      const every = convolve(x, kernel, padding, 1, { dilation })
      const some = convolve(x, kernel, padding, 1, { stride: [stride, stride], dilation })
      expect(convolve(x, kernel, padding, 1, { stride, dilation: [dilation, dilation] })).toEqual(some)
      expect(some.shape).toEqual([1, Math.ceil((x.shape[1] ?? 0) / stride), Math.ceil(2 / stride), 2])
      const kept = tabulate(some.shape, ([b = 0, i = 0, j = 0, o = 0]) =>
        elementAt(every, [b, i * stride, j * stride, o]),
      )
      expect(plain(some)).toEqual(plain(kept))
    }),
  )
})

test('named paddings are pairs that follow from the taps', () => {
  const images = fc
    .tuple(size(1, 4), size(1, 4))
    .chain(([rows, columns]) => fc.tuple(wholeNumbers([2, 5, 6, 2]), wholeNumbers([rows, columns, 2, 3])))
  fc.assert(
    fc.property(images, ([x, kernel]) => {
      const [rows = 1, columns = 1] = kernel.shape
      const pairs = (f: (reach: number) => readonly [number, number]): Pairs => [f(rows - 1), f(columns - 1)]
      expect(convolve(x, kernel, 'valid', 1)).toEqual(
        convolve(
          x,
          kernel,
          pairs(() => [0, 0]),
          1,
        ),
      )
      expect(convolve(x, kernel, 'causal', 1)).toEqual(
        convolve(
          x,
          kernel,
          pairs((reach) => [reach, 0]),
          1,
        ),
      )
      expect(convolve(x, kernel, 'causal', 1).shape).toEqual([2, 5, 6, 3])
      const same = convolve(x, kernel, 'same', 1)
      expect(same.shape).toEqual([2, 5, 6, 3])
      expect(same).toEqual(
        convolve(
          x,
          kernel,
          pairs((reach) => [Math.floor(reach / 2), Math.ceil(reach / 2)]),
          1,
        ),
      )
    }),
    { numRuns: 30 },
  )
})

test('a batch and spatial axes that keep their size may be names', () => {
  const kernel = inputTensor('kernel', [3, 4, 8], 'f32')
  expect(
    pipe(inputTensor('x', ['batch', 'time', 4], 'f32'), convolution({ padding: 'causal' })(kernel)).shape,
  ).toEqual(['batch', 'time', 8])
  expect(pipe(inputTensor('x', ['batch', 9, 4], 'f32'), convolution()(kernel)).shape).toEqual(['batch', 7, 8])
})

test('the cotangent of the kernel by gathering, which a named batch needs, is that by convolving', () => {
  fc.assert(
    fc.property(convolutions, fc.nat(), ({ x, kernel, slides, groups }, seed) => {
      const attrs = slidingBy(
        slides.map((slide) => ({ ...slide, inputDilation: 1 + (seed % 2) })),
        groups,
      )
      const [image, taps] = [x, kernel].map(({ data, shape }) => fromArray<Shape>(data, shape))
      if (image === undefined || taps === undefined) throw new RangeError('two operands')
      const y = build.convolution(attrs, image, taps)
      const cotangent = build.reshape(build.iota([sizeOf(y.shape)], 0), y.shape)
      const [byConvolving, byGathering] = evaluate([
        pullKernel(build, attrs, image, taps, cotangent),
        pullKernelGathered(build, attrs, image, taps, cotangent),
      ])
      if (byConvolving === undefined || byGathering === undefined) throw new RangeError('two values')
      expect(plain(byGathering)).toEqual(plain(byConvolving))
    }),
  )
})

test('depthwise convolutions of a named batch are differentiated and mapped', () => {
  const x = inputTensor('x', ['batch', 9, 4], 'f32')
  const kernel = inputTensor('kernel', [3, 1, 4], 'f32')
  const total = (weights: Tensor<readonly [3, 1, 4], 'f32'>): Tensor<readonly [], 'f32'> =>
    pipe(x, convolution({ groups: 4 })(weights), sum())
  expect(grad(total)(kernel).shape).toEqual([3, 1, 4])
  const kernels = inputTensor('kernels', ['models', 3, 1, 4], 'f32')
  expect(vmap(grad(total))(kernels).shape).toEqual(['models', 3, 1, 4])
})

const open = (...shape: Shape) => inputTensor<Shape, 'f32'>('x', shape, 'f32')

test.each([
  [
    'a kernel of another rank',
    () => pipe(open(1, 5, 4), convolution()(open(3, 3, 4, 8))),
    'ShapeError in convolution: expected x [batch, ...spatial, inputs] and a kernel [...taps, inputs / groups, outputs]',
  ],
  [
    'other channels',
    () => pipe(open(1, 5, 4), convolution()(open(3, 3, 8))),
    'expected a kernel with 4 inputs a group, found x [1, 5, 4], kernel [3, 3, 8], padding [[0, 0]], groups 1.',
  ],
  [
    'groups that do not divide',
    () => pipe(open(1, 5, 4), convolution({ groups: 3 as number })(open(3, 1, 6))),
    'expected groups that divide inputs and outputs',
  ],
  [
    'too many taps',
    () => pipe(open(1, 5, 4), convolution()(open(7, 4, 6))),
    'expected taps that fit into the padded spatial axes',
  ],
  [
    'a named axis that would change',
    () => pipe(open('batch', 'time', 4), convolution()(open(3, 4, 6))),
    'a named axis needs stride 1 and before + after = taps − 1',
  ],
  [
    'a stride along a named axis',
    () => pipe(open('batch', 'time', 4), convolution({ padding: 'same', stride: 2 })(open(3, 4, 6))),
    'a named axis needs stride 1 and before + after = taps − 1',
  ],
  [
    'a kernel mapped over a name, with a named spatial axis',
    () =>
      vmap((kernel: Tensor<readonly [3, 4, 6], 'f32'>) =>
        pipe(open('batch', 'time', 4), convolution({ padding: 'same' })(kernel)),
      )(inputTensor('kernels', ['models', 3, 4, 6], 'f32')),
    'expected spatial axes with sizes, where the batch or the axis mapped over is a name, found [batch, time, 4].',
  ],
  [
    'a stride of nothing',
    () => pipe(open(1, 5, 4), convolution({ stride: 0 })(open(3, 4, 6))),
    'expected strides and dilations that are whole and at least 1, found x [1, 5, 4], kernel [3, 4, 6], padding [[0, 0]], groups 1, strides [0].',
  ],
  [
    'steps for other axes',
    () => pipe(open(1, 5, 4), convolution({ dilation: [1, 2] })(open(3, 4, 6))),
    'kernel dilation [1, 2].\n  hint: one for each spatial axis',
  ],
  [
    'pairs of padding',
    () =>
      pipe(
        open(1, 5, 4),
        convolution({
          padding: [
            [1, 1],
            [1, 1],
          ] as Padding,
        })(open(3, 4, 6)),
      ),
    'expected 1 pairs of padding',
  ],
])('%s is refused with a text', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
