import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { topological, inputTensor } from '../../../src/ir/tensor.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { broadcastTo } from '../../../src/op/view/broadcast.js'
import { concat } from '../../../src/op/view/concat.js'
import { flip } from '../../../src/op/view/flip.js'
import { pad } from '../../../src/op/view/pad.js'
import { permute } from '../../../src/op/view/permute.js'
import { reshape } from '../../../src/op/view/reshape.js'
import { slice } from '../../../src/op/view/slice.js'
import type { Shape } from '../../../src/shape/dim.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { coordinatesOf, counting, elementAt, shapes, tabulate } from '../../support/nd-arrays.js'
import { tensorOf, valueOf } from '../../support/views.js'

const permutationOf = (rank: number): fc.Arbitrary<readonly number[]> => {
  const axes = Array.from({ length: rank }, (_, i) => i)
  return fc.shuffledSubarray(axes, { minLength: rank, maxLength: rank })
}

const shapeAndOrder = shapes().chain((shape) => fc.tuple(fc.constant(shape), permutationOf(shape.length)))
const shapeAndAxes = shapes().chain((shape) =>
  fc.tuple(fc.constant(shape), fc.subarray(shape.map((_, axis) => axis))),
)
const widthsOf = (shape: readonly number[]): fc.Arbitrary<readonly (readonly [number, number])[]> =>
  fc.tuple(
    ...shape.map((size) =>
      fc
        .integer({ min: -size, max: 3 })
        .chain((before) =>
          fc.tuple(fc.constant(before), fc.integer({ min: -size - Math.min(before, 0), max: 3 })),
        ),
    ),
  )
const shapeAndWidths = shapes().chain((shape) => fc.tuple(fc.constant(shape), widthsOf(shape)))

test('a reshape keeps the elements in order, and another one undoes it', () => {
  const pairs = fc
    .array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 })
    .chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray(shape, { minLength: shape.length }),
        fc.nat(4),
        fc.nat(4),
      ),
    )
  fc.assert(
    fc.property(pairs, ([from, shuffled, at, merged]) => {
      const ones = [...shuffled.slice(0, at), 1, ...shuffled.slice(at)]
      const to = [...ones.slice(0, merged), sizeOf(ones.slice(merged))]
      const x = counting(from)
      const there = pipe(tensorOf(x), reshape<Shape>(to))
      expect(valueOf(there)).toEqual({ shape: to, data: x.data })
      expect(valueOf(pipe(there, reshape<Shape>(from)))).toEqual(x)
    }),
  )
})

test('-1 stands for the size that is missing', () => {
  const x = pipe(inputTensor('x', ['batch', 4, 6], 'f32'), reshape(['batch', -1, 3]))
  expect(x.shape).toEqual(['batch', 8, 3])
})

test('axis k of a permuted array is axis order[k], and the inverse order undoes it', () => {
  fc.assert(
    fc.property(shapeAndOrder, ([shape, order]) => {
      const x = counting(shape)
      const moved = pipe(tensorOf(x), permute(order))
      const expected = tabulate(
        order.map((axis) => shape[axis] ?? -1),
        (at) =>
          elementAt(
            x,
            shape.map((_, axis) => at[order.indexOf(axis)] ?? -1),
          ),
      )
      expect(valueOf(moved)).toEqual(expected)
      const inverse = order.map((_, axis) => order.indexOf(axis))
      expect(valueOf(pipe(moved, permute(inverse)))).toEqual(x)
    }),
  )
})

test('axes of a permutation and of a flip may count from the end', () => {
  const x = tensorOf(counting([2, 3, 4]))
  expect(valueOf(pipe(x, permute([0, -1, -2])))).toEqual(valueOf(pipe(x, permute([0, 2, 1]))))
  expect(valueOf(pipe(x, flip([-1])))).toEqual(valueOf(pipe(x, flip([2]))))
})

test('a broadcast repeats axes of size 1 and adds axes in front', () => {
  const pairs = shapes().chain((to) =>
    fc.tuple(
      fc.constant(to),
      fc.array(fc.boolean(), { minLength: to.length, maxLength: to.length }),
      fc.nat(to.length),
    ),
  )
  fc.assert(
    fc.property(pairs, ([to, ones, lead]) => {
      const x = counting(to.map((size, axis) => (ones[axis] === true ? 1 : size)).slice(lead))
      const expected = tabulate(to, (at) =>
        elementAt(
          x,
          at.slice(lead).map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
        ),
      )
      expect(valueOf(pipe(tensorOf(x), broadcastTo<Shape>(to)))).toEqual(expected)
    }),
  )
})

test('an element of a padded array is the operand’s, or the value outside it', () => {
  fc.assert(
    fc.property(shapeAndWidths, ([shape, widths]) => {
      const x = counting(shape)
      const padded = shape.map((size, axis) => size + (widths[axis]?.[0] ?? 0) + (widths[axis]?.[1] ?? 0))
      const expected = tabulate(padded, (at) => {
        const place = at.map((i, axis) => i - (widths[axis]?.[0] ?? 0))
        return place.every((i, axis) => i >= 0 && i < (shape[axis] ?? 0)) ? elementAt(x, place) : -7
      })
      expect(valueOf(pipe(tensorOf(x), pad(widths, -7)))).toEqual(expected)
    }),
  )
})

test('the slice that a pad surrounds is the operand', () => {
  const grown = shapes().chain((shape) =>
    fc.tuple(fc.constant(shape), fc.tuple(...shape.map(() => fc.tuple(fc.nat(3), fc.nat(3))))),
  )
  fc.assert(
    fc.property(grown, ([shape, widths]) => {
      const x = counting(shape)
      const ranges = shape.map(
        (size, axis) => [widths[axis]?.[0] ?? 0, (widths[axis]?.[0] ?? 0) + size] as const,
      )
      const padded: Tensor<Shape, 'f32'> = pipe(tensorOf(x), pad(widths, Number.NaN))
      expect(valueOf(pipe(padded, slice(ranges)))).toEqual(x)
      const cropped = widths.map(([before, after]) => [-before, -after] as const)
      expect(valueOf(pipe(padded, pad(cropped)))).toEqual(x)
    }),
  )
})

test('a slice shows the elements of its ranges', () => {
  const ranges = shapes().chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.tuple(
        ...shape.map((size) =>
          fc.tuple(fc.nat(size), fc.nat(size)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
        ),
      ),
    ),
  )
  fc.assert(
    fc.property(ranges, ([shape, kept]) => {
      const x = counting(shape)
      const expected = tabulate(
        kept.map(([start, end]) => end - start),
        (at) =>
          elementAt(
            x,
            at.map((i, axis) => i + (kept[axis]?.[0] ?? 0)),
          ),
      )
      expect(valueOf(pipe(tensorOf(x), slice(kept)))).toEqual(expected)
    }),
  )
})

test('a flip reads backwards, and twice not at all', () => {
  fc.assert(
    fc.property(shapeAndAxes, ([shape, axes]) => {
      const x = counting(shape)
      const flipped = pipe(tensorOf(x), flip(axes))
      const expected = tabulate(shape, (at) =>
        elementAt(
          x,
          at.map((i, axis) => (axes.includes(axis) ? (shape[axis] ?? 0) - 1 - i : i)),
        ),
      )
      expect(valueOf(flipped)).toEqual(expected)
      expect(valueOf(pipe(flipped, flip(axes)))).toEqual(x)
    }),
  )
})

test('the slices between cuts, joined again, are the operand', () => {
  const cut = shapes(1).chain((shape) =>
    fc
      .nat(shape.length - 1)
      .chain((axis) =>
        fc.tuple(fc.constant(shape), fc.constant(axis), fc.array(fc.nat(shape[axis] ?? 0), { maxLength: 9 })),
      ),
  )
  fc.assert(
    fc.property(cut, ([shape, axis, places]) => {
      const x = counting(shape)
      const whole = tensorOf(x)
      const edges = [0, ...places.toSorted((a, b) => a - b), shape[axis] ?? 0]
      const parts = edges.slice(1).map((end, i): Tensor<Shape, 'f32'> => {
        const ranges = [...shape.slice(0, axis).map(() => 'all' as const), [edges[i] ?? 0, end] as const]
        return pipe(whole, slice(ranges))
      })
      const joined = concat<number>(axis)(parts)
      expect(valueOf(joined)).toEqual(x)
      expect(valueOf(concat<number>(axis - shape.length)(parts))).toEqual(x)
      // One kernel reads at most seven arrays.
      for (const node of topological([joined])) expect(node.inputs.length).toBeLessThanOrEqual(6)
    }),
  )
})

test('joined arrays lie one after the other', () => {
  const x = tensorOf(counting([2, 2]))
  expect(coordinatesOf([2, 2])).toHaveLength(4)
  expect([...valueOf(concat(1)([x, x])).data]).toEqual([1, 2, 1, 2, 3, 4, 3, 4])
})

test('named axes pass through every view', () => {
  const x = inputTensor('x', ['batch', 4, 6], 'f32')
  expect(pipe(x, reshape(['batch', 24])).shape).toEqual(['batch', 24])
  expect(pipe(x, permute([1, 0, 2])).shape).toEqual([4, 'batch', 6])
  expect(pipe(x, broadcastTo(['time', 'batch', 4, 6])).shape).toEqual(['time', 'batch', 4, 6])
  expect(pipe(x, slice(['all', [1, 3]])).shape).toEqual(['batch', 2, 6])
  expect(
    pipe(
      x,
      pad([
        [0, 0],
        [1, -2],
        [0, 3],
      ]),
    ).shape,
  ).toEqual(['batch', 3, 9])
  expect(pipe(x, flip([0, 1])).shape).toEqual(['batch', 4, 6])
  expect(concat(2)([x, x]).shape).toEqual(['batch', 4, 12])
})

const open: Tensor<Shape, 'f32'> = inputTensor<Shape, 'f32'>('x', ['batch', 4, 6], 'f32')

test.each([
  [
    'reshape',
    () => pipe(open, reshape(['batch', 25])),
    'ShapeError in reshape: expected 24 elements, found [batch, 4, 6] to [batch, 25], which has 25.',
  ],
  [
    'reshape of names',
    () => pipe(open, reshape([24])),
    'ShapeError in reshape: expected the named axes [batch], found [batch, 4, 6] to [24].',
  ],
  [
    'reshape with -1',
    () => pipe(open, reshape(['batch', 7, -1])),
    'expected 7 to divide 24, found [batch, 4, 6] to [batch, 7, -1].',
  ],
  [
    'permute',
    () => pipe(open, permute([0, 1])),
    'ShapeError in permute: expected each axis of [batch, 4, 6] once, found the order [0, 1].',
  ],
  [
    'broadcast',
    () => pipe(open, broadcastTo(['batch', 4, 7])),
    'ShapeError in broadcast: expected shapes that broadcast, found [batch, 4, 6] and [batch, 4, 7]',
  ],
  [
    'broadcast down',
    () => pipe(open, broadcastTo([1, 4, 6])),
    'expected a shape that broadcasts to [1, 4, 6], found [batch, 4, 6].',
  ],
  [
    'slice',
    () => pipe(open, slice(['all', [0, 5]])),
    'ShapeError in slice: expected a range inside each axis of [batch, 4, 6], found from [0, 0, 0] to [batch, 5, 6].',
  ],
  ['slice of a name', () => pipe(open, slice([[0, 2]])), 'a named axis is kept whole, from 0 to its name'],
  [
    'pad',
    () =>
      pipe(
        open,
        pad([
          [0, 0],
          [-3, -2],
          [0, 0],
        ]),
      ),
    'ShapeError in pad: expected whole counts before and after each axis of [batch, 4, 6] that leave no size negative',
  ],
  [
    'pad of a name',
    () =>
      pipe(
        open,
        pad([
          [1, 0],
          [0, 0],
          [0, 0],
        ]),
      ),
    'one pair an axis; a named axis takes [0, 0]',
  ],
  [
    'flip',
    () => pipe(open, flip([3])),
    'ShapeError in flip: expected distinct axes of [batch, 4, 6], found axes [3].',
  ],
  [
    'concat',
    () => concat<number>(1)([open, pipe(open, slice(['all', 'all', [0, 2]]))]),
    'ShapeError in concat: expected shapes that agree on every other axis, found [batch, 4, 6], [batch, 4, 2] along axis 1.',
  ],
  ['concat along a name', () => concat<number>(0)([open, open]), 'expected sizes along axis 0, found'],
])('%s says what does not fit', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
