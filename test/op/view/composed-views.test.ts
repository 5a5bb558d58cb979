import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { concat } from '../../../src/op/view/concat.js'
import { depthToSpace } from '../../../src/op/view/depth-to-space.js'
import { expandDims } from '../../../src/op/view/expand-dims.js'
import { flattenAxes } from '../../../src/op/view/flatten-axes.js'
import { indexAxis } from '../../../src/op/view/index-axis.js'
import { moveAxis } from '../../../src/op/view/move-axis.js'
import { repeatElements } from '../../../src/op/view/repeat-elements.js'
import { spaceToDepth } from '../../../src/op/view/space-to-depth.js'
import { splitAxis } from '../../../src/op/view/split-axis.js'
import { squeeze } from '../../../src/op/view/squeeze.js'
import { stack } from '../../../src/op/view/stack.js'
import { swapAxes } from '../../../src/op/view/swap-axes.js'
import { tile } from '../../../src/op/view/tile.js'
import { unflattenAxis } from '../../../src/op/view/unflatten-axis.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { Parts } from '../../../src/shape/parts.js'
import { counting, elementAt, tabulate } from '../../support/nd-arrays.js'
import { anyShape, eitherEnd, shapeWithAxes, tensorOf, valueOf } from '../../support/views.js'

type Any = Tensor<Shape, 'f32'>

/** A shape, one of its axes from 0, and the same axis in either spelling. */
const shapeAndAxis = shapeWithAxes(1, 1).chain(([shape, [axis = 0]]) =>
  fc.tuple(fc.constant(shape), fc.constant(axis), eitherEnd(axis, shape.length)),
)

test('a stack holds its parts one by one on the new axis, and indexAxis takes them out', () => {
  const cases = anyShape(0, 5).chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.nat(shape.length).chain((axis) => fc.tuple(fc.constant(axis), eitherEnd(axis, shape.length + 1))),
      fc.integer({ min: 1, max: 9 }),
    ),
  )
  fc.assert(
    fc.property(cases, ([shape, [axis, spelled], count]) => {
      const parts = Array.from({ length: count }, (_, i) => {
        const x = counting(shape)
        return { shape, data: x.data.map((value) => value + 1000 * i) }
      })
      const stacked: Any = stack<number>(spelled)(parts.map(tensorOf))
      const expected = tabulate([...shape.slice(0, axis), count, ...shape.slice(axis)], (at) => {
        const part = parts[at[axis] ?? -1]
        return part === undefined ? NaN : elementAt(part, [...at.slice(0, axis), ...at.slice(axis + 1)])
      })
      expect(valueOf(stacked)).toEqual(expected)
      parts.forEach((part, i) => {
        expect(valueOf(pipe(stacked, indexAxis<number, number>(i, spelled)))).toEqual(part)
        expect(valueOf(pipe(stacked, indexAxis<number, number>(i - count, spelled)))).toEqual(part)
      })
    }),
  )
})

test('the parts of an axis have their sizes, and joined again they are the operand', () => {
  const cases = shapeAndAxis.chain(([shape, axis, spelled]) =>
    fc.tuple(
      fc.constant(shape),
      fc.constant(axis),
      fc.constant(spelled),
      fc
        .array(fc.nat(shape[axis] ?? 0), { maxLength: 3 })
        .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b), shape[axis] ?? 0]),
    ),
  )
  fc.assert(
    fc.property(cases, ([shape, axis, spelled, edges]) => {
      const x = counting(shape)
      const sizes = edges.slice(1).map((edge, i) => edge - (edges[i] ?? 0))
      const parts = pipe(tensorOf(x), splitAxis<readonly number[], number>(sizes, spelled))
      expect(parts.map((part) => part.shape[axis])).toEqual(sizes)
      expect(valueOf(concat<number>(spelled)(parts))).toEqual(x)
    }),
  )
})

test('equal parts are those of equal sizes', () => {
  const cases = fc.tuple(anyShape(0, 3), fc.integer({ min: 1, max: 3 }), fc.nat(3), anyShape(0, 2))
  fc.assert(
    fc.property(cases, ([lead, count, size, rest]) => {
      const x = tensorOf(counting([...lead, count * size, ...rest]))
      const sizes = Array.from({ length: count }, () => size)
      const equal = pipe(x, splitAxis<number, number>(count, lead.length))
      const stated = pipe(x, splitAxis<readonly number[], number>(sizes, lead.length))
      expect(equal.map(valueOf)).toEqual(stated.map(valueOf))
    }),
  )
})

test('a tile begins again after the size of an axis', () => {
  const cases = anyShape(0, 5).chain((shape) =>
    fc.tuple(fc.constant(shape), fc.tuple(...shape.map(() => fc.nat(3)))),
  )
  fc.assert(
    fc.property(cases, ([shape, counts]) => {
      const x = counting(shape)
      const expected = tabulate(
        shape.map((size, axis) => size * (counts[axis] ?? 1)),
        (at) =>
          elementAt(
            x,
            at.map((i, axis) => i % (shape[axis] ?? 1)),
          ),
      )
      expect(valueOf(pipe(tensorOf(x), tile<readonly number[]>(counts)))).toEqual(expected)
    }),
  )
})

test('a repeated element stands so often in a row', () => {
  fc.assert(
    fc.property(shapeAndAxis, fc.nat(4), ([shape, axis, spelled], count) => {
      const x = counting(shape)
      const expected = tabulate(shape.with(axis, (shape[axis] ?? 0) * count), (at) =>
        elementAt(x, at.with(axis, Math.floor((at[axis] ?? 0) / count))),
      )
      expect(valueOf(pipe(tensorOf(x), repeatElements<number, number>(count, spelled)))).toEqual(expected)
    }),
  )
})

test('blocks become channels, the place in the block first, and become blocks again', () => {
  const axis = fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 3 }))
  const cases = fc.tuple(anyShape(0, 2), fc.array(axis, { maxLength: 3 }), fc.nat(2))
  fc.assert(
    fc.property(cases, ([lead, spatial, channels]) => {
      const [counts, blocks] = [spatial.map(([count]) => count), spatial.map(([, block]) => block)]
      const x = counting([...lead, ...spatial.map(([count, block]) => count * block), channels])
      const deep: Any = pipe(tensorOf(x), spaceToDepth<readonly number[]>(blocks))
      const depth = blocks.reduce((product, block) => product * block, channels)
      const expected = tabulate([...lead, ...counts, depth], (at) => {
        // The last channel counts fastest, then the last axis of the block.
        let rest = at.at(-1) ?? 0
        const channel = rest % channels
        rest = Math.floor(rest / channels)
        const inner = blocks.toReversed().map((block) => {
          const place = rest % block
          rest = Math.floor(rest / block)
          return place
        })
        const places = blocks.map(
          (block, i) => block * (at[lead.length + i] ?? 0) + (inner.toReversed()[i] ?? 0),
        )
        return elementAt(x, [...at.slice(0, lead.length), ...places, channel])
      })
      expect(valueOf(deep)).toEqual(expected)
      expect(valueOf(pipe(deep, depthToSpace<readonly number[]>(blocks)))).toEqual(x)
    }),
  )
})

test('an axis moves to another place, the others keep their order', () => {
  const cases = shapeAndAxis.chain(([shape, from, spelled]) =>
    fc.tuple(
      fc.constant(shape),
      fc.constant(from),
      fc.constant(spelled),
      fc.nat(shape.length - 1).chain((to) => fc.tuple(fc.constant(to), eitherEnd(to, shape.length))),
    ),
  )
  fc.assert(
    fc.property(cases, ([shape, from, spelled, [to, target]]) => {
      const x = counting(shape)
      const moved = <T>(items: readonly T[]): readonly T[] => {
        const others = items.filter((_, axis) => axis !== from)
        return [...others.slice(0, to), ...items.slice(from, from + 1), ...others.slice(to)]
      }
      const order = moved(shape.map((_, axis) => axis))
      const expected = tabulate(moved(shape), (at) =>
        elementAt(
          x,
          shape.map((_, axis) => at[order.indexOf(axis)] ?? -1),
        ),
      )
      expect(valueOf(pipe(tensorOf(x), moveAxis<number, number>(spelled, target)))).toEqual(expected)
    }),
  )
})

test('two axes change places, and do so again', () => {
  const cases = shapeAndAxis.chain(([shape, a, spelled]) =>
    fc.tuple(fc.constant(shape), fc.constant(a), fc.constant(spelled), fc.nat(shape.length - 1)),
  )
  fc.assert(
    fc.property(cases, ([shape, a, spelled, b]) => {
      const x = counting(shape)
      const swapped = (items: readonly number[]): readonly number[] =>
        items.with(a, items[b] ?? -1).with(b, items[a] ?? -1)
      const there: Any = pipe(tensorOf(x), swapAxes<number, number>(spelled, b))
      expect(valueOf(there)).toEqual(tabulate(swapped(shape), (at) => elementAt(x, swapped(at))))
      expect(valueOf(pipe(there, swapAxes<number, number>(b, spelled)))).toEqual(x)
    }),
  )
})

test('axes put in, dropped, merged and taken apart leave the elements in order', () => {
  fc.assert(
    fc.property(shapeAndAxis, fc.nat(3), ([shape, axis, spelled], more) => {
      const x = counting(shape)
      const wide: Any = pipe(tensorOf(x), expandDims<number>(axis))
      expect(valueOf(wide)).toEqual({
        shape: [...shape.slice(0, axis), 1, ...shape.slice(axis)],
        data: x.data,
      })
      expect(valueOf(pipe(wide, squeeze<readonly number[]>([axis])))).toEqual(x)
      const last = Math.min(axis + more, shape.length - 1)
      const merged = shape.slice(axis, last + 1)
      const size = merged.reduce((product, dim) => product * dim, 1)
      const flat: Any = pipe(tensorOf(x), flattenAxes<number, number>(spelled, last - shape.length))
      expect(valueOf(flat)).toEqual({
        shape: [...shape.slice(0, axis), size, ...shape.slice(last + 1)],
        data: x.data,
      })
      expect(valueOf(pipe(flat, unflattenAxis<number, readonly number[]>(axis, merged)))).toEqual(x)
    }),
  )
})

test('named axes pass through', () => {
  const x = inputTensor('x', ['batch', 4, 6], 'f32')
  expect(stack(1)([x, x]).shape).toEqual(['batch', 2, 4, 6])
  expect(pipe(x, splitAxis([1, 3], 1)).map(({ shape }) => shape)).toEqual([
    ['batch', 1, 6],
    ['batch', 3, 6],
  ])
  expect(pipe(x, indexAxis(-1, 1)).shape).toEqual(['batch', 6])
  expect(pipe(x, tile([1, 2, 1])).shape).toEqual(['batch', 8, 6])
  expect(pipe(x, repeatElements(3, -1)).shape).toEqual(['batch', 4, 18])
  expect(pipe(x, spaceToDepth([2])).shape).toEqual(['batch', 2, 12])
  expect(pipe(x, depthToSpace([3])).shape).toEqual(['batch', 12, 2])
  expect(pipe(x, moveAxis(0, -1)).shape).toEqual([4, 6, 'batch'])
  expect(pipe(x, swapAxes(0, 2)).shape).toEqual([6, 4, 'batch'])
  expect(pipe(x, flattenAxes(1, 2)).shape).toEqual(['batch', 24])
  expect(pipe(x, unflattenAxis(2, [2, 3])).shape).toEqual(['batch', 4, 2, 3])
  expect(pipe(x, expandDims(-1), squeeze([3])).shape).toEqual(['batch', 4, 6])
})

const open: Any = inputTensor<Shape, 'f32'>('x', ['batch', 4, 6], 'f32')
const nothing: readonly Tensor[] = []
const split = (parts: Parts, axis: number) => pipe(open, splitAxis<Parts, number>(parts, axis))

test.each([
  [
    'parts that do not divide',
    () => split(3, 1),
    'ShapeError in splitAxis: expected a number of parts that divides 4, found 3 along axis 1 of [batch, 4, 6].',
  ],
  [
    'sizes that do not add up',
    () => split([1, 2], 1),
    'expected sizes that add up to 4, found sizes [1, 2] along axis 1',
  ],
  ['a split name', () => split(2, 0), 'expected an axis that has a size'],
  ['a split axis that is none', () => split(1, 3), 'expected an axis that has a size'],
  [
    'a stack of nothing',
    () => stack<number>(0)(nothing),
    'ShapeError in stack: expected at least one tensor, all of one type, found nothing.',
  ],
  [
    'a stack of unequals',
    () => stack<number>(0)([open, pipe(open, expandDims<number>(0))]),
    'found f32[batch, 4, 6], f32[1, batch, 4, 6].',
  ],
  [
    'a stack on no place',
    () => stack<number>(5)([open]),
    'expected a place from -4 to 3 for a new axis of [batch, 4, 6], found 5.',
  ],
  [
    'a place of a name',
    () => pipe(open, indexAxis<number, number>(0, 0)),
    'ShapeError in indexAxis: expected a place along an axis of [batch, 4, 6] that has a size',
  ],
  ['a place beyond', () => pipe(open, indexAxis<number, number>(4, 1)), 'found place 4 of axis 1.'],
  [
    'too few counts',
    () => pipe(open, tile<readonly number[]>([1, 2])),
    'ShapeError in tile: expected a whole count for each axis of [batch, 4, 6], found [1, 2].',
  ],
  ['a tiled name', () => pipe(open, tile<readonly number[]>([2, 1, 1])), 'a named axis takes 1'],
  ['a repeated name', () => pipe(open, repeatElements<number, number>(2, 0)), 'ShapeError in repeatElements'],
  [
    'blocks that do not divide',
    () => pipe(open, spaceToDepth<readonly number[]>([3])),
    'ShapeError in spaceToDepth: expected a whole number of blocks along each spatial axis, found [batch, 4, 6] and blocks [3].',
  ],
  [
    'blocks of a name',
    () => pipe(open, spaceToDepth<readonly number[]>([1, 2])),
    'they have sizes, not names',
  ],
  [
    'channels that do not divide',
    () => pipe(open, depthToSpace<readonly number[]>([4])),
    'ShapeError in depthToSpace: expected channels that 4 divides',
  ],
  [
    'no axis to move',
    () => pipe(open, moveAxis<number, number>(3, 0)),
    'ShapeError in moveAxis: expected distinct axes of [batch, 4, 6], found axes [3].',
  ],
  ['no axis to swap', () => pipe(open, swapAxes<number, number>(0, -4)), 'ShapeError in swapAxes'],
  [
    'a name merged',
    () => pipe(open, flattenAxes<number, number>(0, 1)),
    'ShapeError in flattenAxes: expected a first and a last of neighbouring axes of [batch, 4, 6] that have sizes, found axes 0 to 1.',
  ],
  ['axes the wrong way round', () => pipe(open, flattenAxes<number, number>(2, 1)), 'found axes 2 to 1'],
  [
    'sizes that do not multiply',
    () => pipe(open, unflattenAxis<number, readonly number[]>(2, [4, 2])),
    'ShapeError in unflattenAxis: expected an axis of [batch, 4, 6] as long as the product of [4, 2], found axis 2.',
  ],
  [
    'a long axis dropped',
    () => pipe(open, squeeze<readonly number[]>([1])),
    'ShapeError in squeeze: expected axes of size 1, found axes [1] of [batch, 4, 6].',
  ],
  [
    'no place for an axis',
    () => pipe(open, expandDims<number>(-5)),
    'ShapeError in expandDims: expected a place from -4 to 3',
  ],
])('%s: refused with a sentence', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
