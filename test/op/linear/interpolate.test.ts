import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import type { InterpolateOptions } from '../../../src/op/linear/interpolate.js'
import { interpolate } from '../../../src/op/linear/interpolate.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import { elementAt, tabulate, wholeNumbers } from '../../support/nd-arrays.js'

const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

const resized = (x: NdArray, options: InterpolateOptions<Shape>): NdArray => {
  const [value] = evaluate([pipe(fromArray<Shape>(x.data, x.shape), interpolate(options))])
  if (value === undefined) throw new RangeError('no value')
  return value
}

const expectNear = (found: NdArray, expected: NdArray): void => {
  expect(found.shape).toEqual(expected.shape)
  found.data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i] ?? Number.NaN, 10))
}

const planes = fc.tuple(size(1, 5), size(1, 5), size(1, 7), size(1, 7)).chain(([h, w, rows, columns]) =>
  fc.record({
    x: wholeNumbers([2, h, w, 2]),
    sizes: fc.constant([rows, columns] as const),
  }),
)

/** Element [b, i, j, c], of the nearest row and column where there is none. */
const clamped = (x: NdArray, b: number, i: number, j: number, c: number): number => {
  const inside = (index: number, axis: number): number =>
    Math.min(Math.max(index, 0), (x.shape[axis] ?? 1) - 1)
  return elementAt(x, [b, inside(i, 1), inside(j, 2), c])
}

/** Where place `i` of `to` lies among `from`: by centres of pixels, or by corners. */
const centred = (i: number, from: number, to: number): number => (i + 0.5) * (from / to) - 0.5
const cornered = (i: number, from: number, to: number): number => (to > 1 ? (i * (from - 1)) / (to - 1) : 0)

test('nearest takes the element at the whole part of the scaled place', () => {
  fc.assert(
    fc.property(planes, ({ x, sizes }) => {
      const [h = 1, w = 1] = x.shape.slice(1)
      const expected = tabulate([2, ...sizes, 2], ([b = 0, i = 0, j = 0, c = 0]) =>
        elementAt(x, [b, Math.floor((i * h) / sizes[0]), Math.floor((j * w) / sizes[1]), c]),
      )
      expect(resized(x, { sizes, method: 'nearest' })).toEqual(expected)
    }),
  )
})

test('linear is the bilinear mix of four neighbours', () => {
  fc.assert(
    fc.property(planes, fc.boolean(), ({ x, sizes }, alignCorners) => {
      const place = alignCorners ? cornered : centred
      const [h = 1, w = 1] = x.shape.slice(1)
      const expected = tabulate([2, ...sizes, 2], ([b = 0, i = 0, j = 0, c = 0]) => {
        const [y, z] = [Math.max(place(i, h, sizes[0]), 0), Math.max(place(j, w, sizes[1]), 0)]
        const [top, left] = [Math.floor(y), Math.floor(z)]
        const [u, v] = [y - top, z - left]
        return (
          (1 - u) * (1 - v) * clamped(x, b, top, left, c) +
          (1 - u) * v * clamped(x, b, top, left + 1, c) +
          u * (1 - v) * clamped(x, b, top + 1, left, c) +
          u * v * clamped(x, b, top + 1, left + 1, c)
        )
      })
      expectNear(resized(x, { sizes, alignCorners }), expected)
    }),
  )
})

/** The four weights of cubic convolution with a = −3/4, expanded in the fraction t. */
const cubicWeights = (t: number): readonly number[] => {
  const a = -0.75
  return [
    a * (t ** 3 - 2 * t ** 2 + t),
    (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1,
    -(a + 2) * t ** 3 + (2 * a + 3) * t ** 2 - a * t,
    a * (t ** 2 - t ** 3),
  ]
}

test('cubic is the bicubic mix of sixteen neighbours', () => {
  fc.assert(
    fc.property(planes, fc.boolean(), ({ x, sizes }, alignCorners) => {
      const place = alignCorners ? cornered : centred
      const [h = 1, w = 1] = x.shape.slice(1)
      const expected = tabulate([2, ...sizes, 2], ([b = 0, i = 0, j = 0, c = 0]) => {
        const [y, z] = [place(i, h, sizes[0]), place(j, w, sizes[1])]
        const [top, left] = [Math.floor(y), Math.floor(z)]
        const columns = cubicWeights(z - left)
        return cubicWeights(y - top).reduce(
          (sum, u, di) =>
            sum +
            u * columns.reduce((row, v, dj) => row + v * clamped(x, b, top - 1 + di, left - 1 + dj, c), 0),
          0,
        )
      })
      expectNear(resized(x, { sizes, method: 'cubic', alignCorners }), expected)
    }),
  )
})

test('a polynomial of the first degree is drawn on by linear and cubic with corners aligned', () => {
  const line = { shape: [5, 1], data: Float64Array.of(0, 2, 4, 6, 8) }
  expectNear(resized(line, { sizes: [9], alignCorners: true }), {
    shape: [9, 1],
    data: Float64Array.from({ length: 9 }, (_, i) => i),
  })
  const middle = resized(line, { sizes: [17], method: 'cubic', alignCorners: true }).data.slice(4, 13)
  middle.forEach((value, i) => {
    if (i % 4 === 0) expect(value).toBeCloseTo(2 + i / 2, 10)
  })
})

test('an axis that keeps its size, or its name, is left as it is', () => {
  fc.assert(
    fc.property(
      wholeNumbers([3, 4, 2]),
      fc.constantFrom('nearest' as const, 'linear' as const, 'cubic' as const),
      (x, method) => {
        expect(resized(x, { sizes: [3, 4], method })).toEqual(x)
      },
    ),
    { numRuns: 10 },
  )
  const named = inputTensor('x', ['batch', 'time', 8, 'channels'], 'f32')
  expect(pipe(named, interpolate({ sizes: ['time', 5] })).shape).toEqual(['batch', 'time', 5, 'channels'])
})

const open = (...shape: Shape) => inputTensor<Shape, 'f32'>('x', shape, 'f32')

test.each([
  [
    'more sizes than axes',
    () => pipe(open(5, 4), interpolate({ sizes: [2, 2] })),
    'ShapeError in interpolate: expected x [...lead, ...spatial, channels], found x [5, 4] to sizes [2, 2].',
  ],
  [
    'an empty axis',
    () => pipe(open(0, 4), interpolate({ sizes: [2] })),
    'expected sizes that are whole and at least 1, from axes that are not empty',
  ],
  ['a named axis', () => pipe(open('time', 4), interpolate({ sizes: [2] })), 'a named axis keeps its name'],
  [
    'corners for the nearest element',
    () => pipe(open(5, 4), interpolate({ sizes: [2], method: 'nearest', alignCorners: true })),
    'OptionError in interpolate: expected alignCorners with linear or cubic',
  ],
])('%s is refused with a text', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
