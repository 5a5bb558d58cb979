import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { convolution } from '../../../src/op/linear/convolution.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Padding } from '../../../src/shape/slide.js'
import type { Shape } from '../../../src/shape/dim.js'
import { coordinatesOf, elementAt, tabulate, wholeNumbers } from '../../support/nd-arrays.js'

type Pairs = readonly (readonly [number, number])[]

/** Every place, tap and channel, straight from the definition. */
const convolveNaively = (x: NdArray, kernel: NdArray, padding: Pairs, groups: number): NdArray => {
  const rank = padding.length
  const taps = kernel.shape.slice(0, rank)
  const [perGroup = 0, outputs = 0] = kernel.shape.slice(rank)
  const spatial = x.shape
    .slice(1, -1)
    .map((size, i) => size + (padding[i]?.[0] ?? 0) + (padding[i]?.[1] ?? 0) - (taps[i] ?? 0) + 1)
  const places = coordinatesOf([...taps, perGroup])
  return tabulate([x.shape[0] ?? 0, ...spatial, outputs], (at) => {
    const output = at.at(-1) ?? 0
    const group = Math.floor(output / (outputs / groups))
    return places.reduce((sum, place) => {
      const source = place.slice(0, rank).map((tap, i) => (at[i + 1] ?? 0) + tap - (padding[i]?.[0] ?? 0))
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

const axis = fc.tuple(size(1, 5), size(1, 3)).chain(([length, taps]) =>
  size(-1, 3).chain((before) =>
    // Taps fit: length + before + after − taps + 1 ≥ 0.
    fc.record({
      length: fc.constant(length),
      taps: fc.constant(taps),
      before: fc.constant(before),
      after: size(Math.max(-1, taps - 1 - length - before), 3),
    }),
  ),
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
      padding: fc.constant(axes.map(({ before, after }) => [before, after] as const)),
      x: wholeNumbers([batch, ...axes.map(({ length }) => length), groups * perGroup]),
      kernel: wholeNumbers([...axes.map(({ taps }) => taps), perGroup, groups * width]),
    }),
  )

const convolve = (x: NdArray, kernel: NdArray, padding: Padding, groups: number): NdArray => {
  const [value] = evaluate([
    pipe(
      fromArray<Shape>(x.data, x.shape),
      convolution({ padding, groups })(fromArray<Shape>(kernel.data, kernel.shape)),
    ),
  ])
  if (value === undefined) throw new RangeError('no value')
  return value
}

const plain = ({ shape, data }: NdArray) => ({ shape, data: [...data].map((value) => value + 0) })

test('in one, two and three dimensions it is the sum over taps and channels of each group', () => {
  fc.assert(
    fc.property(convolutions, ({ x, kernel, padding, groups }) => {
      expect(plain(convolve(x, kernel, padding, groups))).toEqual(
        plain(convolveNaively(x, kernel, padding, groups)),
      )
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
