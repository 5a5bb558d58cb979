import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { grad, vjp } from '../../../src/grad/vjp.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { gather } from '../../../src/op/index/gather.js'
import { oneHot } from '../../../src/op/index/one-hot.js'
import { build } from '../../../src/op/index.js'
import { filled, fromArray } from '../../../src/op/leaf/constant.js'
import { matmul } from '../../../src/op/linear/contract.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { evaluateCompiled } from '../../support/compiled.js'
import { counting, elementAt, shapes, tabulate } from '../../support/nd-arrays.js'

const gathers = fc.tuple(shapes(1), shapes()).chain(([shape, indices]) =>
  fc.nat(shape.length - 1).chain((axis) => {
    const from = shape.map((size, i) => (i === axis ? Math.max(size, 1) : size))
    return fc.record({
      from: fc.constant(from),
      axis: fc.constant(axis),
      indices: fc
        .array(fc.integer({ min: -2, max: (from[axis] ?? 1) + 1 }), {
          minLength: sizeOf(indices),
          maxLength: sizeOf(indices),
        })
        .map((values) => ({ shape: indices, data: Float64Array.from(values) })),
    })
  }),
)

test('gathered rows are those the indices name, the nearest where there is none', () => {
  fc.assert(
    fc.property(gathers, ({ from, axis, indices }) => {
      const x = counting(from)
      const rank = indices.shape.length
      const [found] = evaluate([
        pipe(
          fromArray<Shape>(x.data, from),
          gather(fromArray<Shape, 'i24'>(indices.data, indices.shape, 'i24'), axis),
        ),
      ])
      const expected = tabulate([...from.slice(0, axis), ...indices.shape, ...from.slice(axis + 1)], (at) => {
        const index = elementAt(indices, at.slice(axis, axis + rank))
        const row = Math.max(0, Math.min((from[axis] ?? 0) - 1, index))
        return elementAt(x, [...at.slice(0, axis), row, ...at.slice(axis + rank)])
      })
      expect(found).toEqual(expected)
    }),
  )
})

test('a one-hot row times a matrix is the row gathered', () => {
  const picks = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(picks, (rows) => {
      const table = fromArray<Shape>(counting([5, 3]).data, [5, 3])
      const indices = fromArray<Shape, 'i24'>(Float64Array.from(rows), [rows.length], 'i24')
      const [picked, multiplied] = evaluate([
        pipe(table, gather(indices, 0)),
        pipe(indices, oneHot(5), matmul(table)),
      ])
      expect(picked).toEqual(multiplied)
    }),
  )
})

test('a one-hot row is 1 at the label, and empty for a label outside', () => {
  const [found] = evaluate([pipe(fromArray(Float64Array.of(2, 3, 1), [3], 'i24'), oneHot(3))])
  expect(found).toEqual({ shape: [3, 3], data: Float64Array.of(0, 0, 1, 0, 0, 0, 0, 1, 0) })
})

test('the gradient of gathered rows counts how often each was read', () => {
  const indices = fromArray(Float64Array.of(1, 1, 2, 1), [4], 'i24')
  const gradient = grad((x: ReturnType<typeof filled<readonly [3, 2]>>) => {
    const total = build.sum(pipe(x, gather(indices, 0)), [0, 1])
    return { ...total, shape: [] as const, dtype: 'f32' as const }
  })(filled(1, [3, 2]))
  expect(evaluate([gradient])[0]).toEqual({ shape: [3, 2], data: Float64Array.of(0, 0, 3, 3, 1, 1) })
})

test('a list of rows is read as NumPy reads it, negative ones from the end', () => {
  const lists = fc.array(fc.integer({ min: -4, max: 3 }), { maxLength: 6 })
  fc.assert(
    fc.property(lists, (rows) => {
      const x = counting([2, 4, 3])
      const wanted = tabulate([2, rows.length, 3], ([i = 0, k = 0, j = 0]) =>
        elementAt(x, [i, ((rows[k] ?? 0) + 4) % 4, j]),
      )
      const read = pipe(fromArray<Shape>(x.data, x.shape), gather(rows, 1))
      expect(evaluate([read])).toEqual([wanted])
      expect(evaluateCompiled([read])).toEqual([wanted])
    }),
  )
})

test('a row outside is the nearest, which the gradient goes to, or zeros', () => {
  const indices = fromArray(Float64Array.of(-1, 1, 2), [3], 'i24')
  const x = fromArray(Float64Array.of(2, 3), [2])
  const [nearest, none] = (['nearest', 'none'] as const).map((outside) => {
    const { value, pullback } = vjp((rows: typeof x) => pipe(rows, gather(indices, 0, { outside })))(x)
    const results = [value, pullback(fromArray(Float64Array.of(1, 10, 100), [3]))]
    const found = evaluate(results).map(({ data }) => [...data])
    expect(evaluateCompiled(results).map(({ data }) => [...data])).toEqual(found)
    return found
  })
  expect(nearest).toEqual([
    [2, 3, 3],
    [1, 110],
  ])
  expect(none).toEqual([
    [0, 3, 0],
    [0, 10],
  ])
})

test('named axes pass through', () => {
  const indices = inputTensor('indices', ['batch', 7], 'i24')
  expect(pipe(inputTensor('x', [10, 4], 'f32'), gather(indices, 0)).shape).toEqual(['batch', 7, 4])
  expect(pipe(inputTensor('x', ['classes', 4], 'f32'), gather(indices, 0)).shape).toEqual(['batch', 7, 4])
  expect(pipe(indices, oneHot(3)).shape).toEqual(['batch', 7, 3])
})

const labels = inputTensor<Shape, 'i24'>('labels', [3], 'i24')

test.each([
  [
    'a missing axis',
    () => pipe(inputTensor<Shape, 'f32'>('x', [3, 2], 'f32'), gather(labels, 2)),
    'ShapeError in gather: expected an axis from 0 to 1, found axis 2 of [3, 2].',
  ],
  [
    'a gather by numbers',
    () => build.gather(filled(0, [3]), filled(0, [3]), 0),
    'ShapeError in gather: expected operands of dtype any, i24, found f32[3], f32[3].',
  ],
  [
    'a listed row that is not there',
    () => pipe(inputTensor<Shape, 'f32'>('x', [3, 2], 'f32'), gather([0, -4], 0)),
    'ValueError in gather: expected rows from -3 to 2, found -4.',
  ],
  [
    'a list of rows of a named axis',
    () => pipe(inputTensor<Shape, 'f32'>('x', ['batch', 2], 'f32'), gather([0], 0)),
    'ShapeError in gather: expected a size for axis 0, to check the list of rows against, found f32[batch, 2].',
  ],
  [
    'rows of an empty axis',
    () => pipe(inputTensor<Shape, 'f32'>('x', [0, 2], 'f32'), gather(labels, 0)),
    'ShapeError in gather: expected an axis with a row, found 0 rows for indices [3].',
  ],
  [
    'more batch axes than there are before the axis',
    () => build.gather(filled(0, [3, 2]), labels, 0, 1),
    'ShapeError in gather: expected at most 0 batch axes before axis 0, found 1.',
  ],
  [
    'classes that are not whole',
    () => pipe(labels, oneHot(2.5)),
    'OptionError in oneHot: expected a whole number of classes, found 2.5.',
  ],
])('%s is refused with a text', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
