import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { vjp } from '../../../src/grad/vjp.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { argsort } from '../../../src/op/index/argsort.js'
import { sort } from '../../../src/op/index/sort.js'
import { takeAlongAxis } from '../../../src/op/index/take-along-axis.js'
import { topK } from '../../../src/op/index/top-k.js'
import { build } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import { elementAt, tabulate } from '../../support/nd-arrays.js'
import { evaluateCompiled } from '../../support/compiled.js'

/** Few values, so that many are equal, and the special ones among them. */
const keys = fc.constantFrom(-Infinity, -2, -1, -0, 0, 1, 2, Infinity, NaN)

/** Lengths around those at which the algorithm changes: blocks of 64, one merge, several, an odd run left over. */
const lengths = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(63, 64, 65, 128, 129, 191, 200, 257))

const lines = lengths.chain((length) => fc.array(keys, { minLength: length, maxLength: length }))

const line = (values: readonly number[]): Tensor<readonly [number], 'f32'> =>
  fromArray(Float64Array.from(values), [values.length])

/** What a value is sorted by: NaN last whichever the direction. */
const rank = (value: number, descending: boolean): number =>
  Number.isNaN(value) ? Infinity : Math.sign(descending ? -value : value) * Math.min(Math.abs(value), 9)

const runs = { numRuns: 40 }

test.each([
  ['interpreted', evaluate],
  ['compiled', evaluateCompiled],
] as const)('argsort, %s, is a permutation in order, and keeps equal elements as they stood', (_, run) => {
  fc.assert(
    fc.property(lines, fc.boolean(), (values, descending) => {
      const x = inputTensor('x', [values.length], 'f32')
      const bindings = { x: { shape: [values.length], data: Float64Array.from(values) } }
      const [order] = run([pipe(x, argsort(0, { descending }))], bindings)
      const places = [...(order?.data ?? [])]
      expect(places.toSorted((a, b) => a - b)).toEqual(values.map((__, i) => i))
      places.slice(1).forEach((place, i) => {
        const [before, after] = [places[i] ?? 0, place].map((at) => rank(values[at] ?? 0, descending))
        expect(before === after ? (places[i] ?? 0) < place : (before ?? 0) < (after ?? 0)).toBe(true)
      })
    }),
    runs,
  )
})

test('sort reads what argsort says, to the bit, along any axis', () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3 })
  const cases = shapes.chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.integer({ min: -shape.length, max: shape.length - 1 }),
      values: fc.array(keys, {
        minLength: shape.reduce((a, b) => a * b, 1),
        maxLength: shape.reduce((a, b) => a * b, 1),
      }),
    }),
  )
  fc.assert(
    fc.property(cases, fc.boolean(), ({ shape, axis, values }, descending) => {
      const x = fromArray<Shape>(Float64Array.from(values), shape)
      const order = pipe(x, argsort(axis, { descending }))
      const [sorted, taken] = evaluate([
        pipe(x, sort(axis, { descending })),
        pipe(x, takeAlongAxis(order, axis)),
      ])
      expect(sorted).toEqual(taken)
      const [compiled] = evaluateCompiled([pipe(x, sort(axis, { descending }))])
      expect(compiled).toEqual(sorted)
    }),
    runs,
  )
})

test('topK is the head of a descending sort, with the places', () => {
  fc.assert(
    fc.property(lines, fc.nat(), (values, drawn) => {
      const k = drawn % (values.length + 1)
      const x = line(values)
      const top = pipe(x, topK<number, number>(k, 0))
      const wanted = evaluate([
        pipe(x, sort(0, { descending: true })),
        pipe(x, argsort(0, { descending: true })),
      ])
      for (const run of [evaluate, evaluateCompiled]) {
        const found = run([top.values, top.indices])
        expect(found.map(({ data }) => data)).toEqual(wanted.map(({ data }) => data.slice(0, k)))
      }
    }),
    runs,
  )
})

test('elements are taken along each line by its own indices', () => {
  fc.assert(
    fc.property(
      fc.tuple(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
      ),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 4 }),
      fc.infiniteStream(fc.integer({ min: -2, max: 5 })),
      (shape, axis, count, drawn) => {
        const x = tabulate(shape, (at) => at.reduce((sum, i) => 10 * sum + i, 0))
        const chosen = tabulate(shape.toSpliced(axis, 1, count), () => Number(drawn.next().value))
        const wanted = tabulate(chosen.shape, (at) => {
          const place = Math.min(Math.max(elementAt(chosen, at), 0), (shape[axis] ?? 1) - 1)
          return elementAt(x, at.toSpliced(axis, 1, place))
        })
        const taken = pipe(
          fromArray<Shape>(x.data, x.shape),
          takeAlongAxis(fromArray<Shape, 'i24'>(chosen.data, chosen.shape, 'i24'), axis),
        )
        expect(evaluate([taken])).toEqual([wanted])
        expect(evaluateCompiled([taken])).toEqual([wanted])
      },
    ),
    runs,
  )
})

test('the gradient of a sorted line goes back to where its elements were', () => {
  const places = fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(places, (values) => {
      const { pullback } = vjp((x: Tensor<readonly [number], 'f32'>) => pipe(x, sort(0)))(line(values))
      // The weight of each sorted element is its rank, so each element receives its own.
      const [gradient] = evaluate([pullback(line(values.map((_, i) => i)))])
      expect([...(gradient?.data ?? [])]).toEqual(
        values.map((value) => values.filter((other) => other < value).length),
      )
    }),
  )
})

test('integers are sorted as integers', () => {
  const x = fromArray(Float64Array.of(3, 1, 2, 1), [4], 'i24')
  const sorted = pipe(x, sort(0))
  expect(sorted.dtype).toBe('i24')
  expect(evaluate([sorted])[0]?.data).toEqual(Float64Array.of(1, 1, 2, 3))
})

test('named axes pass through', () => {
  const x = inputTensor('x', ['batch', 7], 'f32')
  expect(pipe(x, sort(-1)).shape).toEqual(['batch', 7])
  expect(pipe(x, topK(3)).indices.shape).toEqual(['batch', 3])
})

const matrix = inputTensor<Shape, 'f32'>('x', [3, 2], 'f32')

test.each([
  [
    'a missing axis',
    () => pipe(matrix, sort(2)),
    'ShapeError in sort: expected f32 or i24 with an axis 2 of at most 2^24 places, found f32[3, 2].',
  ],
  [
    'bools',
    () => build.argsort(inputTensor('b', [3], 'bool'), 0),
    'ShapeError in argsort: expected f32 or i24 with an axis 0 of at most 2^24 places, found bool[3].',
  ],
  [
    'a line too long for i24',
    () => pipe(inputTensor<Shape, 'f32'>('x', [2 ** 24 + 1], 'f32'), argsort(0)),
    'found f32[16777217]',
  ],
  [
    'more than there are',
    () => pipe(matrix, topK(4, 0)),
    'ShapeError in topK: expected k from 0 to 3, found k = 4 along axis 0 of [3, 2].',
  ],
  [
    'indices of another shape',
    () => pipe(matrix, takeAlongAxis(inputTensor<Shape, 'i24'>('i', [2, 5], 'i24'), 1)),
    'ShapeError in takeAlongAxis: expected indices of shape [3, 2] but for axis 1, found [2, 5].',
  ],
])('%s is refused with a text', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
