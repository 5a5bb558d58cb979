import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { searchSorted } from '../../../src/op/index/search-sorted.js'
import { build } from '../../../src/op/index.js'
import { filled, fromArray } from '../../../src/op/leaf/constant.js'
import { apply1 } from '../../../src/op/def.js'
import { searchSortedOp } from '../../../src/op/index/search-sorted.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import { evaluateCompiled } from '../../support/compiled.js'

const numbers = fc.constantFrom(-Infinity, -2, -1.5, -1, 0, 0.5, 1, 2, Infinity)
const boundaries = fc.array(numbers, { maxLength: 20 }).map((values) => values.toSorted((a, b) => a - b))

test.each([
  ['interpreted', evaluate],
  ['compiled', evaluateCompiled],
] as const)('a query comes where a loop over the boundaries ends, %s', (_, run) => {
  fc.assert(
    fc.property(boundaries, fc.array(numbers, { maxLength: 9 }), (edges, queries) => {
      const line = fromArray(Float64Array.from(edges), [edges.length])
      const x = fromArray(Float64Array.from(queries), [queries.length])
      const [left, right] = run([pipe(x, searchSorted(line)), pipe(x, searchSorted(line, { side: 'right' }))])
      expect([...(left?.data ?? [])]).toEqual(queries.map((x) => edges.filter((edge) => edge < x).length))
      expect([...(right?.data ?? [])]).toEqual(queries.map((x) => edges.filter((edge) => edge <= x).length))
    }),
    { numRuns: 60 },
  )
})

test('NaN comes after every number, on both sides', () => {
  const edges = fromArray(Float64Array.of(1, 2, Infinity, NaN), [4])
  const x = fromArray(Float64Array.of(NaN), [1])
  for (const run of [evaluate, evaluateCompiled]) {
    const found = run([pipe(x, searchSorted(edges)), pipe(x, searchSorted(edges, { side: 'right' }))])
    expect(found.map(({ data }) => data[0])).toEqual([3, 4])
  }
})

test.each([
  [
    'boundaries of another dtype',
    () => apply1(searchSortedOp, { side: 'left', batchAxes: 0 }, [build.iota([3], 0, 'i24'), filled(0, [2])]),
    'ShapeError in searchSorted: expected boundaries along one axis, and queries of their dtype, found i24[3], f32[2].',
  ],
  [
    'a matrix of boundaries',
    () => apply1(searchSortedOp, { side: 'left', batchAxes: 0 }, [filled(0, [3, 2]), filled<Shape>(0, [2])]),
    'found f32[3, 2], f32[2].',
  ],
])('%s are refused with a text', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
