import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/error/error.js'
import type { Shape } from '../../src/shape/dim.js'
import type { ReduceCheck, ReduceShape } from '../../src/shape/reduce.js'
import { reduceShape } from '../../src/shape/reduce.js'
import type { ShapeError } from '../../src/shape/shape-error.js'

const left = (shape: Shape, axes: readonly number[], keepDims: boolean): Shape | null =>
  E.getOrElseW(() => null)(reduceShape('test', { shape, dtype: 'f32' }, axes, keepDims))

const shapeAndAxes = fc
  .array(fc.constantFrom(0, 1, 2, 3, 'batch'), { minLength: 1, maxLength: 4 })
  .chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.subarray(shape.map((_, axis) => axis)),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    ),
  )

describe('the run-time rule', () => {
  it('keeps the rank with keepDims, and otherwise drops just those axes', () => {
    fc.assert(
      fc.property(shapeAndAxes, ([shape, axes]) => {
        const kept = left(shape, axes, true)
        expect(kept).toEqual(shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)))
        expect(left(shape, axes, false)).toEqual(kept?.filter((_, axis) => !axes.includes(axis)))
      }),
    )
  })
  it('counts from either end and in any order', () => {
    fc.assert(
      fc.property(shapeAndAxes, fc.boolean(), ([shape, axes, back], keepDims) => {
        const mixed = axes.map((axis, i) => (back[i] === true ? axis - shape.length : axis)).toReversed()
        expect(left(shape, mixed, keepDims)).toEqual(left(shape, axes, keepDims))
      }),
    )
  })
  it('says what axes there are', () => {
    const result = reduceShape('sum', { shape: ['batch', 3], dtype: 'i24' }, [2], false)
    expect(E.isLeft(result) && renderError(result.left)).toBe(
      'ShapeError in sum: expected a tensor of f32 and distinct axes from -2 to 1, found i24[batch, 3] and axes [2].\n' +
        '  hint: axes count from 0, or from -1 at the end',
    )
  })
  it('refuses axes that are not whole', () => expect(left([2, 3], [0.5], false)).toBeNull())
})

describe('the type and the run-time rule agree', () => {
  /** `expected` has the type-level result as its type, so a case that compiles states it. */
  const agrees = <const S extends Shape, const Axes extends readonly number[], Keep extends boolean>(
    shape: S,
    axes: Axes,
    keepDims: Keep,
    expected: ReduceShape<S, Axes, Keep>,
  ): void =>
    it(`[${shape.join(', ')}] over [${axes.join(', ')}]${keepDims ? ', kept' : ''}`, () =>
      expect(left(shape, axes, keepDims)).toEqual(expected))
  agrees([], [], false, [])
  agrees([3], [0], false, [])
  agrees([3], [-1], true, [1])
  agrees(['batch', 3, 4], [1], false, ['batch', 4])
  agrees(['batch', 3, 4], [-1, 0], false, [3])
  agrees(['batch', 3, 4], [0, -2], true, [1, 1, 4])
  agrees([0, 2], [0], false, [2])
  agrees([2, 3], [], true, [2, 3])

  type Sentence<C> = C extends ShapeError<infer Message> ? Message : never
  const bothRefuse = <const S extends Shape, const Axes extends readonly number[]>(
    shape: S,
    axes: Axes,
    sentence: Sentence<ReduceCheck<'test', S, Axes>>,
  ): void => it(sentence, () => expect(left(shape, axes, false)).toBeNull())
  bothRefuse([], [0], 'test: axes [0] are not distinct axes of []')
  bothRefuse([2, 3], [2], 'test: axes [2] are not distinct axes of [2, 3]')
  bothRefuse([2, 3], [-3], 'test: axes [-3] are not distinct axes of [2, 3]')
  bothRefuse(['batch', 3], [0, 0], 'test: axes [0, 0] are not distinct axes of [batch, 3]')
  bothRefuse(['batch', 3], [1, -1], 'test: axes [1, -1] are not distinct axes of [batch, 3]')
})
