import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { outer } from '../../../src/op/linear/outer.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import { elementAt, shapes, tabulate, wholeNumbers } from '../../support/nd-arrays.js'

test('every product of a row with a row, with its own or with one for all', () => {
  const operands = fc
    .tuple(shapes(1), fc.integer({ min: 0, max: 3 }), fc.boolean())
    .chain(([shape, columns, shared]) =>
      fc.record({
        x: wholeNumbers(shape),
        y: wholeNumbers([...(shared ? [] : shape.slice(0, -1)), columns]),
      }),
    )
  fc.assert(
    fc.property(operands, ({ x, y }) => {
      const [found] = evaluate([
        pipe(fromArray<Shape>(x.data, x.shape), outer(fromArray<Shape>(y.data, y.shape))),
      ])
      const lead = y.shape.length - 1
      const expected = tabulate(
        [...x.shape, y.shape.at(-1) ?? 0],
        (at) => elementAt(x, at.slice(0, -1)) * elementAt(y, [...at.slice(0, lead), at.at(-1) ?? -1]) + 0,
      )
      expect(found?.shape).toEqual(expected.shape)
      expect([...(found?.data ?? [])].map((value) => value + 0)).toEqual([...expected.data])
    }),
  )
})

const open = (...shape: Shape) => inputTensor<Shape, 'f32'>('x', shape, 'f32')

test('names are axes like any other', () => {
  expect(pipe(open('batch', 'time'), outer(open('batch', 5))).shape).toEqual(['batch', 'time', 5])
})

test.each([
  ['other leading axes', open(2, 3), open(4, 3)],
  ['another rank', open(3), open(2, 3)],
  ['a scalar', open(), open(3)],
])('%s are refused with a text', (_, x, y) => {
  const make = () => pipe(x, outer(y))
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow('ShapeError in outer: expected [...B, I] and [...B, J], or [...B, I] and [J]')
})
