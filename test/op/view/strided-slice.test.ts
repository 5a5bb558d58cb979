import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { pad } from '../../../src/op/view/pad.js'
import { slice } from '../../../src/op/view/slice.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { PadWidth } from '../../../src/shape/pad.js'
import type { AxisRange } from '../../../src/shape/slice.js'
import { counting, elementAt, tabulate } from '../../support/nd-arrays.js'
import { anyShape, eitherEnd, tensorOf, valueOf } from '../../support/views.js'

/** A range of an axis, and the places it means. */
interface Kept {
  readonly range: AxisRange
  readonly places: readonly number[]
}

const walk = (start: number, end: number, step: number): readonly number[] => {
  const places: number[] = []
  for (let i = start; step > 0 ? i < end : i > end; i += step) places.push(i)
  return places
}

/** Two numbers of a range in order. */
const pair = (min: number, max: number): fc.Arbitrary<readonly [number, number]> =>
  fc
    .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)

/** A place inside an axis in one of its spellings. */
const spelled = (place: number, size: number): fc.Arbitrary<number> =>
  place < size ? eitherEnd(place, size) : fc.constant(place)

const forward = (size: number): fc.Arbitrary<Kept> =>
  fc.tuple(pair(0, size), fc.integer({ min: 1, max: 4 })).chain(([[start, end], step]) =>
    fc
      .tuple(
        start === 0 ? fc.constantFrom(0, null) : spelled(start, size),
        end === size ? fc.constantFrom(size, null) : spelled(end, size),
        fc.boolean(),
      )
      .map(([first, last, bare]) => ({
        range: bare && step === 1 ? [first, last] : [first, last, step],
        places: walk(start, end, step),
      })),
  )

/** No spelling begins before element 0: there, -1 is the last place. */
const backward = (size: number): fc.Arbitrary<Kept> =>
  fc
    .tuple(pair(-1, size - 1), fc.integer({ min: 1, max: 4 }))
    .map(([[end, start], by]) => ({ end, start: size === 0 ? start : Math.max(0, start), by }))
    .chain(({ end, start, by }) =>
      fc
        .tuple(
          start === size - 1 ? fc.constantFrom(null, -1) : spelled(start, size),
          end === -1 ? fc.constant(null) : spelled(end, size),
        )
        .map(([first, last]) => ({ range: [first, last, -by], places: walk(start, end, -by) })),
    )

const keptOf = (size: number): fc.Arbitrary<Kept> =>
  fc.oneof(fc.constant<Kept>({ range: 'all', places: walk(0, size, 1) }), forward(size), backward(size))

const shapeAndKept = anyShape().chain((shape) => fc.tuple(fc.constant(shape), fc.tuple(...shape.map(keptOf))))

test('a slice shows every step-th element, as NumPy’s does', () => {
  fc.assert(
    fc.property(shapeAndKept, ([shape, kept]) => {
      const x = counting(shape)
      const found: Tensor<Shape, 'f32'> = pipe(tensorOf(x), slice(kept.map(({ range }) => range)))
      const expected = tabulate(
        kept.map(({ places }) => places.length),
        (at) =>
          elementAt(
            x,
            at.map((i, axis) => kept[axis]?.places[i] ?? -1),
          ),
      )
      expect(valueOf(found)).toEqual(expected)
    }),
  )
})

const widthOf = (size: number): fc.Arbitrary<PadWidth> =>
  fc.integer({ min: 0, max: 3 }).chain((interior) => {
    const long = size + Math.max(0, size - 1) * interior
    return fc
      .integer({ min: -long, max: 3 })
      .chain((before) =>
        fc
          .integer({ min: -long - Math.min(before, 0), max: 3 })
          .map((after): PadWidth => [before, after, interior]),
      )
  })

test('a pad puts elements before, after and between, and crops where a count is negative', () => {
  const cases = anyShape(0, 4).chain((shape) => fc.tuple(fc.constant(shape), fc.tuple(...shape.map(widthOf))))
  fc.assert(
    fc.property(cases, ([shape, widths]) => {
      const x = counting(shape)
      const found: Tensor<Shape, 'f32'> = pipe(tensorOf(x), pad(widths, -7))
      const padded = shape.map((size, axis) => {
        const [before = 0, after = 0, interior = 0] = widths[axis] ?? []
        return size + Math.max(0, size - 1) * interior + before + after
      })
      const expected = tabulate(padded, (at) => {
        const place = at.map((i, axis) => {
          const [before = 0, , interior = 0] = widths[axis] ?? []
          return (i - before) / (interior + 1)
        })
        const shown = place.every((i, axis) => Number.isInteger(i) && i >= 0 && i < (shape[axis] ?? 0))
        return shown ? elementAt(x, place) : -7
      })
      expect(valueOf(found)).toEqual(expected)
    }),
  )
})

test('a slice with the step of a pad’s gaps undoes it', () => {
  const cases = anyShape(0, 4).chain((shape) =>
    fc.tuple(fc.constant(shape), fc.tuple(...shape.map(() => fc.nat(3)))),
  )
  fc.assert(
    fc.property(cases, ([shape, gaps]) => {
      const x = counting(shape)
      const spread: Tensor<Shape, 'f32'> = pipe(tensorOf(x), pad(gaps.map((gap) => [0, 0, gap] as const)))
      const back: Tensor<Shape, 'f32'> = pipe(
        spread,
        slice(gaps.map((gap) => [null, null, gap + 1] as const)),
      )
      expect(valueOf(back)).toEqual(x)
    }),
  )
})

test('steps of 1 and gaps of 0 make the nodes that are made without them', () => {
  const x = inputTensor('x', ['batch', 4], 'f32')
  expect(pipe(x, slice(['all', [0, 2, 1]])).node.attrs).toEqual(pipe(x, slice(['all', [0, 2]])).node.attrs)
  const gapless = pad([
    [0, 0, 0],
    [1, 2, 0],
  ])
  const bare = pad([
    [0, 0],
    [1, 2],
  ])
  expect(pipe(x, gapless).node.attrs).toEqual(pipe(x, bare).node.attrs)
})

const open: Tensor<Shape, 'f32'> = inputTensor<Shape, 'f32'>('x', ['batch', 4, 6], 'f32')

test.each([
  ['a step of 0', [['all', [0, 4, 0]]], 'from [0, 0, 0] to [batch, 4, 6] by [1, 0, 1]'],
  ['a backward range that goes forward', [['all', [0, 4, -1]]], 'a range inside each axis of [batch, 4, 6]'],
  ['a place before the first', [['all', [-5, 4]]], 'from [0, -1, 0] to [batch, 4, 6].'],
  ['a name backwards', [[[null, null, -1]]], 'a named axis is kept whole'],
  ['a name from its end', [[[0, -1]]], 'a named axis is kept whole'],
  ['half a step', [['all', [0, 4, 0.5]]], 'by [1, 0.5, 1]'],
] satisfies readonly (readonly [string, readonly [readonly AxisRange[]], string])[])(
  '%s is refused',
  (_, [ranges], text) => {
    expect(() => pipe(open, slice(ranges))).toThrow(TraceFailure)
    expect(() => pipe(open, slice(ranges))).toThrow(text)
  },
)

test('a negative count between elements is refused, and any between those of a name', () => {
  const between = (name: number, size: number) =>
    pipe(
      open,
      pad<readonly PadWidth[]>([
        [0, 0, name],
        [0, 0, size],
        [0, 0],
      ]),
    )
  expect(() => between(0, -1)).toThrow('what comes between, is not negative')
  expect(() => between(1, 0)).toThrow(TraceFailure)
  expect(between(0, 2).shape).toEqual(['batch', 10, 6])
})
