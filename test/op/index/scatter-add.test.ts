import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { scatterAdd, scatterAddOp } from '../../../src/op/index/scatter-add.js'
import { addBySorting } from '../../../src/op/index/add-by-sorting.js'
import { segmentSum } from '../../../src/op/index/segment-sum.js'
import { build } from '../../../src/op/index.js'
import { filled, fromArray } from '../../../src/op/leaf/constant.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import { sizeOf } from '../../../src/shape/dim.js'
import { evaluateCompiled } from '../../support/compiled.js'
import { coordinatesOf, elementAt, tabulate, wholeNumbers } from '../../support/nd-arrays.js'

/** Updates [batch, before, ...places, after] with indices [batch, ...places], some of them outside. */
const additions = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    before: fc.integer({ min: 1, max: 2 }),
    places: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 2 }),
    after: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 1, max: 4 }),
    outside: fc.constantFrom('nearest' as const, 'none' as const),
  })
  .chain(({ batch, before, places, after, size, outside }) => {
    const shape = [batch, ...places]
    const count = sizeOf(shape)
    return fc.record({
      attrs: fc.constant({ axis: 2, batchAxes: 1, outside, size }),
      updates: wholeNumbers([batch, before, ...places, after]),
      indices: fc
        .array(fc.integer({ min: -2, max: size + 1 }), { minLength: count, maxLength: count })
        .map((values): NdArray => ({ shape, data: Float64Array.from(values) })),
    })
  })

const rowOf = (index: number, size: number, outside: 'nearest' | 'none'): number =>
  outside === 'nearest' ? Math.min(Math.max(index, 0), size - 1) : index

/** The definition, element by element. */
const summed = (
  updates: NdArray,
  indices: NdArray,
  { size, outside }: { readonly size: number; readonly outside: 'nearest' | 'none' },
): NdArray => {
  const [batch = 1, before = 1] = updates.shape
  const places = indices.shape.slice(1)
  return tabulate([batch, before, size, updates.shape.at(-1) ?? 1], ([b = 0, p = 0, row = 0, q = 0]) =>
    coordinatesOf(places).reduce(
      (sum, at) =>
        rowOf(elementAt(indices, [b, ...at]), size, outside) === row
          ? sum + elementAt(updates, [b, p, ...at, q])
          : sum,
      0,
    ),
  )
}

const plus = (x: NdArray): NdArray => ({ ...x, data: x.data.map((value) => value + 0) })

test('updates add up at their places by each algorithm: all indices looked at, sorted, listed', () => {
  fc.assert(
    fc.property(additions, ({ attrs, updates, indices }) => {
      const wanted = summed(updates, indices, attrs)
      const known = fromArray<Shape, 'i24'>(indices.data, indices.shape, 'i24')
      const u = inputTensor<Shape, 'f32'>('u', updates.shape, 'f32')
      const i = inputTensor<Shape, 'i24'>('i', indices.shape, 'i24')
      const bindings = { u: updates, i: indices }
      const sums = [
        build.scatterAdd(attrs, u, i),
        addBySorting(build, attrs, u, i),
        build.scatterAdd(attrs, u, known),
      ]
      for (const run of [evaluate, evaluateCompiled])
        for (const found of run(sums, bindings)) expect(plus(found)).toEqual(plus(wanted))
    }),
  )
})

test('many updates into many places are sorted, few are not', () => {
  const types = (count: number) => [
    { shape: [count, 4], dtype: 'f32' as const },
    { shape: [count], dtype: 'i24' as const },
  ]
  const attrs = (size: number) => ({ axis: 0, batchAxes: 0, outside: 'none' as const, size })
  expect(scatterAddOp.keepWhole?.(attrs(100), types(100))).toBe(true)
  expect(scatterAddOp.keepWhole?.(attrs(20_000), types(20_000))).toBe(false)
})

test('⟨scatterAdd(u), x⟩ = ⟨u, gather(x)⟩, also for what lies outside', () => {
  fc.assert(
    fc.property(additions, fc.integer(), ({ attrs, updates, indices }, seed) => {
      const u = fromArray<Shape>(updates.data, updates.shape)
      const i = fromArray<Shape, 'i24'>(indices.data, indices.shape, 'i24')
      const added = build.scatterAdd(attrs, u, i)
      const values = Float64Array.from({ length: sizeOf(added.shape) }, (_, k) => ((k * 7 + seed) % 11) - 5)
      const x = fromArray<Shape>(values, added.shape)
      const total = (product: typeof added) =>
        build.sum(
          product,
          product.shape.map((_, axis) => axis),
        )
      const read = build.gather(x, i, attrs.axis, attrs.batchAxes, attrs.outside)
      const [left, right] = evaluate([total(build.mul(added, x)), total(build.mul(u, read))])
      expect(left?.data[0]).toBe(right?.data[0])
    }),
  )
})

test('rows are added to a tensor, and dropped where an index lies outside', () => {
  const x = fromArray(Float64Array.of(1, 2, 3, 4, 5, 6), [3, 2])
  const indices = fromArray(Float64Array.of(2, -1, 0, 2, 3), [5], 'i24')
  const updates = filled(10, [5, 2])
  const [found] = evaluate([pipe(x, scatterAdd(indices, updates, 0))])
  expect(found?.data).toEqual(Float64Array.of(11, 12, 3, 4, 25, 26))
})

test('segments are summed wherever their rows stand', () => {
  const ids = fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(ids, (names) => {
      const x = fromArray(
        Float64Array.from(names, (_, i) => i + 1),
        [names.length],
      )
      const [found] = evaluate([
        pipe(x, segmentSum(fromArray(Float64Array.from(names), [names.length], 'i24'), 4)),
      ])
      const wanted = [0, 1, 2, 3].map((id) =>
        names.reduce((sum, name, i) => (name === id ? sum + i + 1 : sum), 0),
      )
      expect([...(found?.data ?? [])]).toEqual(wanted)
    }),
  )
})

const labels = inputTensor<Shape, 'i24'>('labels', [3], 'i24')

test.each([
  [
    'updates of another shape',
    () => pipe(filled<Shape>(0, [5, 2]), scatterAdd(labels, filled<Shape>(0, [4, 2]), 0)),
    'ShapeError in scatterAdd: expected updates [3, 2], found [4, 2].',
  ],
  [
    'a missing axis',
    () => pipe(filled<Shape>(0, [5, 2]), scatterAdd(labels, filled<Shape>(0, [3, 2]), 2)),
    'ShapeError in scatterAdd: expected an axis from 0 to 1, found axis 2 of [5, 2].',
  ],
  [
    'ids that x does not begin with',
    () => pipe(filled<Shape>(0, [5, 2]), segmentSum(labels, 4)),
    'ShapeError in scatterAdd: expected updates with axes [3] at 0, behind [], found [5, 2].',
  ],
  [
    'no place for what is nearest',
    () => build.scatterAdd({ axis: 0, batchAxes: 0, outside: 'nearest', size: 0 }, filled(0, [3]), labels),
    'ShapeError in scatterAdd: expected an axis with a row, found 0 rows for indices [3].',
  ],
])('%s is refused with a text', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
