import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { windows } from '../../../src/op/view/windows.js'
import type { Shape } from '../../../src/shape/dim.js'
import { counting, elementAt, tabulate } from '../../support/nd-arrays.js'
import { anyShape, eitherEnd, tensorOf, valueOf } from '../../support/views.js'

test('window i holds the elements from i·step on, for as long as they fit', () => {
  const cases = fc
    .record({
      lead: anyShape(0, 3),
      rest: anyShape(0, 2),
      length: fc.integer({ min: 1, max: 9 }),
      step: fc.integer({ min: 1, max: 4 }),
    })
    .chain((sizes) =>
      fc.tuple(
        fc.constant(sizes),
        fc.integer({ min: 1, max: sizes.length }),
        eitherEnd(sizes.lead.length, sizes.lead.length + 1 + sizes.rest.length),
      ),
    )
  fc.assert(
    fc.property(cases, ([{ lead, rest, length, step }, size, axis]) => {
      const x = counting([...lead, length, ...rest])
      const beginnings: number[] = []
      for (let i = 0; i + size <= length; i += step) beginnings.push(i)
      const expected = tabulate([...lead, beginnings.length, ...rest, size], (at) =>
        elementAt(
          x,
          at.slice(0, -1).with(lead.length, (beginnings[at[lead.length] ?? -1] ?? -1) + (at.at(-1) ?? -1)),
        ),
      )
      expect(valueOf(pipe(tensorOf(x), windows<number, number, number>(size, axis, step)))).toEqual(expected)
    }),
  )
})

const open: Tensor<Shape, 'f32'> = inputTensor<Shape, 'f32'>('x', ['batch', 4, 6], 'f32')

test.each([
  ['a window that does not fit', 5, 1, 1],
  ['an empty window', 0, 1, 1],
  ['windows that do not move on', 2, 1, 0],
  ['windows of a name', 1, 0, 1],
  ['windows of no axis', 1, 3, 1],
])('%s: refused with a sentence', (_, size, axis, step) => {
  const make = () => pipe(open, windows<number, number, number>(size, axis, step))
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(
    `expected an axis of [batch, 4, 6] with room for a window, and whole counts of at least 1, found windows of ${size} every ${step} along axis ${axis}.`,
  )
})
