import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/error/error.js'
import type { Broadcast, BroadcastCheck } from '../../src/shape/broadcast.js'
import { broadcastShapes } from '../../src/shape/broadcast.js'
import type { Shape } from '../../src/shape/dim.js'
import type { ShapeError } from '../../src/shape/shape-error.js'

const common = (a: Shape, b: Shape): Shape | null => E.getOrElseW(() => null)(broadcastShapes('test', a, b))

const shapes = fc.array(fc.constantFrom(0, 1, 2, 3, 'batch', 'tokens'), { maxLength: 4 })
/** Shapes that mostly broadcast: what one shape becomes when leading axes are dropped and others set to 1. */
const relatives = shapes.chain((shape) => {
  const relative = fc
    .tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
    .map(([drop, ones]) => shape.map((dim, axis) => (ones[axis] === true ? 1 : dim)).slice(drop))
  return fc.tuple(fc.oneof({ weight: 4, arbitrary: relative }, shapes), relative, relative)
})

describe('the run-time rule', () => {
  it('is commutative', () => {
    fc.assert(
      fc.property(relatives, ([a, b]) => {
        expect(common(a, b)).toEqual(common(b, a))
      }),
    )
  })
  it('is associative, refusals included', () => {
    const then = (a: Shape | null, b: Shape | null): Shape | null =>
      a === null || b === null ? null : common(a, b)
    fc.assert(
      fc.property(relatives, ([a, b, c]) => {
        expect(then(common(a, b), c)).toEqual(then(a, common(b, c)))
      }),
    )
  })
  it('is idempotent, and the scalar is neutral', () => {
    fc.assert(
      fc.property(shapes, (a) => {
        expect([common(a, a), common(a, []), common([], a)]).toEqual([a, a, a])
      }),
    )
  })
  it('reaches the shape from which both came', () => {
    fc.assert(
      fc.property(shapes, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (whole, ones) => {
        const part = whole.map((dim, axis) => (ones[axis] === true ? 1 : dim))
        const rest = whole.map((dim, axis) => (ones[axis] === true ? dim : 1))
        expect(common(part, rest)).toEqual(whole)
      }),
    )
  })
  it('names the sizes that differ and how to repair it', () => {
    const result = broadcastShapes('add', ['batch', 3], [4])
    expect(E.isLeft(result) && renderError(result.left)).toBe(
      'ShapeError in add: expected shapes that broadcast, found [batch, 3] and [4], whose sizes 3 and 4 differ.\n' +
        '  hint: shapes are aligned at their last axes; reshape one operand so that sizes agree or are 1',
    )
  })
})

describe('the type and the run-time rule agree', () => {
  /** `expected` has the type-level result as its type, so a case that compiles states it. */
  const agrees = <const A extends Shape, const B extends Shape>(
    a: A,
    b: B,
    expected: Broadcast<A, B>,
  ): void => it(`[${a.join(', ')}] and [${b.join(', ')}]`, () => expect(common(a, b)).toEqual(expected))
  agrees([], [], [])
  agrees([], [3], [3])
  agrees(['batch', 2], [], ['batch', 2])
  agrees([2, 3], [2, 3], [2, 3])
  agrees([2, 3], [3], [2, 3])
  agrees([3], [2, 1], [2, 3])
  agrees([1, 3, 1], [5, 1, 4], [5, 3, 4])
  agrees(['batch', 1], [1, 7], ['batch', 7])
  agrees(['batch'], ['batch'], ['batch'])
  agrees([0, 2], [1, 1], [0, 2])
  agrees([1], [0], [0])

  type Sentence<C> = C extends ShapeError<infer Message> ? Message : never
  const bothRefuse = <const A extends Shape, const B extends Shape>(
    a: A,
    b: B,
    sentence: Sentence<BroadcastCheck<'test', A, B>>,
  ): void => it(sentence, () => expect(common(a, b)).toBeNull())
  bothRefuse([2], [3], 'test: axes 2 and 3 differ')
  bothRefuse([3, 2], [3], 'test: axes 2 and 3 differ')
  bothRefuse(['batch'], [3], 'test: axes batch and 3 differ')
  bothRefuse(['batch', 1], ['tokens', 1], 'test: axes batch and tokens differ')
  bothRefuse([0], [2], 'test: axes 0 and 2 differ')
})
