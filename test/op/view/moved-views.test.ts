import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { build } from '../../../src/op/index.js'
import { diagonalMatrix } from '../../../src/op/view/diagonal-matrix.js'
import { diagonal } from '../../../src/op/view/diagonal.js'
import { roll } from '../../../src/op/view/roll.js'
import { lowerTriangle, upperTriangle } from '../../../src/op/view/triangle.js'
import { triangleMask } from '../../../src/op/view/triangle-mask.js'
import type { Shape } from '../../../src/shape/dim.js'
import { counting, elementAt, tabulate } from '../../support/nd-arrays.js'
import { anyShape, eitherEnd, shapeWithAxes, tensorOf, valueOf } from '../../support/views.js'

const modulo = (a: number, n: number): number => ((a % n) + n) % n

test('a roll moves element i to (i + shift) mod size', () => {
  const cases = shapeWithAxes().chain(([shape, axes]) =>
    fc.tuple(
      fc.constant(shape),
      fc.constant(axes),
      fc.tuple(...axes.map(() => fc.integer({ min: -9, max: 9 }))),
      fc.tuple(...axes.map((axis) => eitherEnd(axis, shape.length))),
    ),
  )
  fc.assert(
    fc.property(cases, ([shape, axes, shifts, spelled]) => {
      const x = counting(shape)
      const expected = tabulate(shape, (at) =>
        elementAt(
          x,
          at.map((i, axis) => modulo(i - (shifts[axes.indexOf(axis)] ?? 0), shape[axis] ?? 1)),
        ),
      )
      expect(valueOf(pipe(tensorOf(x), roll<readonly number[], readonly number[]>(shifts, spelled)))).toEqual(
        expected,
      )
    }),
  )
})

const diagonalCases = shapeWithAxes(2, 2).chain(([shape, axes]) =>
  fc.tuple(
    fc.constant(shape),
    fc.tuple(...[axes[0] ?? 0, axes[1] ?? 0].map((axis) => eitherEnd(axis, shape.length))),
    fc.constant([axes[0] ?? 0, axes[1] ?? 0] as const),
    fc.integer({ min: -4, max: 4 }),
  ),
)

test('a diagonal is what lies at equal distance from the first rows and columns', () => {
  fc.assert(
    fc.property(diagonalCases, ([shape, [a = 0, b = 0], [rows, columns], offset]) => {
      const x = counting(shape)
      const found: Tensor<Shape, 'f32'> = pipe(
        tensorOf(x),
        diagonal<number, readonly [number, number]>({ offset, axes: [a, b] }),
      )
      const on: (readonly [number, number])[] = []
      for (let i = 0; i < (shape[rows] ?? 0); i++)
        if (i + offset >= 0 && i + offset < (shape[columns] ?? 0)) on.push([i, i + offset])
      const others = shape.filter((_, axis) => axis !== rows && axis !== columns)
      const expected = tabulate([...others, on.length], (at) => {
        const rest = [...at.slice(0, -1)]
        const [row, column] = on[at.at(-1) ?? 0] ?? [0, 0]
        return elementAt(
          x,
          shape.map((_, axis) => (axis === rows ? row : axis === columns ? column : (rest.shift() ?? 0))),
        )
      })
      expect(valueOf(found)).toEqual(expected)
    }),
  )
})

test('the matrix of a diagonal is what a mask leaves of the operand', () => {
  fc.assert(
    fc.property(diagonalCases, ([shape, _, axes, offset]) => {
      const x = counting(shape)
      const [rows, columns] = axes
      const back = build.diagonalMatrix(
        build.diagonal(tensorOf(x), offset, axes),
        offset,
        [shape[rows] ?? 0, shape[columns] ?? 0],
        axes,
      )
      const masked = tabulate(shape, (at) =>
        (at[columns] ?? 0) - (at[rows] ?? 0) === offset ? elementAt(x, at) : 0,
      )
      expect(valueOf(back)).toEqual(masked)
    }),
  )
})

test('a vector lies on its diagonal of a square matrix', () => {
  const cases = fc.tuple(anyShape(1, 5), fc.integer({ min: -3, max: 3 }))
  fc.assert(
    fc.property(cases, ([shape, offset]) => {
      const x = counting(shape)
      const matrix: Tensor<Shape, 'f32'> = pipe(tensorOf(x), diagonalMatrix<number>(offset))
      const side = (shape.at(-1) ?? 0) + Math.abs(offset)
      expect(matrix.shape).toEqual([...shape.slice(0, -1), side, side])
      expect(valueOf(pipe(matrix, diagonal<number>({ offset })))).toEqual(x)
    }),
  )
})

test('a triangle keeps one side of a diagonal', () => {
  const cases = fc.tuple(anyShape(2), fc.integer({ min: -4, max: 4 }))
  fc.assert(
    fc.property(cases, ([shape, offset]) => {
      const x = counting(shape)
      const kept = (keeps: (over: number) => boolean) =>
        tabulate(shape, (at) => (keeps((at.at(-1) ?? 0) - (at.at(-2) ?? 0) - offset) ? elementAt(x, at) : 0))
      expect(valueOf(pipe(tensorOf(x), lowerTriangle(offset)))).toEqual(kept((over) => over <= 0))
      expect(valueOf(pipe(tensorOf(x), upperTriangle(offset)))).toEqual(kept((over) => over >= 0))
    }),
  )
})

test('what a triangle leaves out is not looked at', () => {
  const x = tensorOf({ shape: [2, 2], data: Float64Array.of(1, NaN, 3, Infinity) })
  expect([...valueOf(pipe(x, lowerTriangle(-1))).data]).toEqual([0, 0, 3, 0])
})

test('a triangle mask is true where the lower triangle is', () => {
  const cases = fc.tuple(fc.nat(5), fc.nat(5), fc.integer({ min: -6, max: 6 }))
  fc.assert(
    fc.property(cases, ([rows, columns, offset]) => {
      const mask = triangleMask<number, number>(rows, columns, offset)
      expect(mask.dtype).toBe('bool')
      const expected = tabulate([rows, columns], ([i = 0, j = 0]) => (j <= i + offset ? 1 : 0))
      expect(valueOf(mask)).toEqual(expected)
    }),
  )
})

test('named axes are rolled, and pass through diagonals and triangles', () => {
  const x = inputTensor('x', ['batch', 4, 6], 'f32')
  expect(pipe(x, roll([1, -2], [0, 2])).shape).toEqual(['batch', 4, 6])
  expect(pipe(x, diagonal({ offset: 3 })).shape).toEqual(['batch', 3])
  expect(pipe(inputTensor('s', ['time', 'time'], 'f32'), diagonal()).shape).toEqual(['time'])
  expect(pipe(inputTensor('v', ['time'], 'f32'), diagonalMatrix()).shape).toEqual(['time', 'time'])
  expect(pipe(inputTensor('s', ['time', 'time'], 'f32'), lowerTriangle()).shape).toEqual(['time', 'time'])
})

const open: Tensor<Shape, 'f32'> = inputTensor<Shape, 'f32'>('x', ['batch', 4, 6], 'f32')

test.each([
  [
    'roll without shifts',
    () => pipe(open, roll([], [1] as readonly number[])),
    'ShapeError in roll: expected one whole shift for each of the axes [1], found shifts [] of [batch, 4, 6].',
  ],
  [
    'roll twice',
    () => pipe(open, roll([1, 1], [1, -2])),
    'expected distinct axes of [batch, 4, 6], found axes [1, 1].',
  ],
  ['roll by half', () => pipe(open, roll([0.5], [1])), 'found shifts [0.5]'],
  [
    'diagonal of a name',
    () => pipe(open, diagonal({ axes: [0, 1] })),
    'ShapeError in diagonal: expected a whole offset, and two axes with sizes or of one name with offset 0, found offset 0 of axes batch and 4.',
  ],
  ['diagonal of one axis', () => pipe(open, diagonal({ axes: [1, 1] })), 'expected distinct axes'],
  [
    'a scalar on a diagonal',
    () => pipe(inputTensor<Shape, 'f32'>('s', [], 'f32'), diagonalMatrix()),
    TraceFailure,
  ],
  [
    'a name beside the diagonal',
    () => pipe(inputTensor<Shape, 'f32'>('v', ['time'], 'f32'), diagonalMatrix(1)),
    'a last axis as long as diagonal 1 of a matrix [time, time], found [time].',
  ],
  [
    'a vector’s triangle',
    () => pipe(inputTensor<Shape, 'f32'>('v', [3], 'f32'), lowerTriangle()),
    'ShapeError in triangle: expected matrices in the last two axes',
  ],
])('%s is refused', (_, make, text) => {
  expect(make).toThrow(text)
})
