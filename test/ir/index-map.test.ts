import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Index } from '../../src/ir/scalar.js'
import {
  flatten,
  normalise,
  quotientOf,
  rangeOf,
  remainderOf,
  simplifyCondition,
  substitute,
  sumOf,
} from '../../src/ir/index-map.js'
import { evaluateIndex } from '../support/evaluate-scalar.js'

const SIZES = [3, 4, 6]

/** Index expressions as views compose them, over three axes of sizes 3, 4 and 6. */
const { index: anyIndex } = fc.letrec<{ index: Index }>((tie) => ({
  index: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.integer({ min: -3, max: 30 }).map((value): Index => ({ kind: 'const', value })),
    fc.nat(2).map((axis): Index => ({ kind: 'axis', axis, size: SIZES[axis] ?? 1 })),
    fc
      .tuple(
        fc.integer({ min: -12, max: 12 }),
        fc.array(fc.tuple(fc.integer({ min: -12, max: 24 }), tie('index')), { maxLength: 3 }),
      )
      .map(([constant, terms]): Index => ({ kind: 'sum', constant, terms })),
    fc
      .tuple(tie('index'), fc.integer({ min: 1, max: 24 }))
      .map(([index, divisor]): Index => ({ kind: 'quotient', index, divisor })),
    fc
      .tuple(tie('index'), fc.integer({ min: 1, max: 24 }))
      .map(([index, divisor]): Index => ({ kind: 'remainder', index, divisor })),
  ),
}))

const everyPoint = (check: (at: (index: Index) => number) => void): void => {
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 4; j++)
      for (let k = 0; k < 6; k++)
        check((index) =>
          evaluateIndex(index, { axes: [i, j, k], loops: [], inputs: [], accumulator: 0, seen: new Map() }),
        )
}

const axes: readonly Index[] = SIZES.map((size, axis) => ({ kind: 'axis', axis, size }))

describe('index arithmetic', () => {
  test('the normal form has the same value everywhere', () => {
    fc.assert(
      fc.property(anyIndex, (index) => {
        const normal = normalise(index)
        everyPoint((at) => expect(at(normal)).toBe(at(index)))
      }),
    )
  })

  test('no value lies outside the range', () => {
    fc.assert(
      fc.property(anyIndex, (index) => {
        const { low, high } = rangeOf(index)
        everyPoint((at) => {
          expect(at(index)).toBeGreaterThanOrEqual(low)
          expect(at(index)).toBeLessThanOrEqual(high)
        })
      }),
    )
  })

  test('the normal form is its own normal form', () => {
    fc.assert(
      fc.property(anyIndex, (index) => {
        expect(normalise(normalise(index))).toEqual(normalise(index))
      }),
    )
  })

  test('a reshape and its inverse cancel', () => {
    const flat = flatten(axes, [24, 6, 1])
    const back = [quotientOf(flat, 24), remainderOf(quotientOf(flat, 6), 4), remainderOf(flat, 6)]
    expect(back).toEqual(axes)
    // [3, 4, 6] as [12, 6] and back needs no division either.
    expect(flatten([quotientOf(flat, 6), remainderOf(flat, 6)], [6, 1])).toEqual(flat)
  })

  test('a divided and a remaining part join again', () => {
    const [, , k] = axes
    if (k === undefined) throw new RangeError('three axes')
    expect(
      sumOf(0, [
        [4, quotientOf(k, 4)],
        [1, remainderOf(k, 4)],
      ]),
    ).toEqual(k)
  })

  test('substitution is composition', () => {
    fc.assert(
      fc.property(anyIndex, anyIndex, (outer, inner) => {
        const composed = substitute(outer, (leaf) =>
          leaf.kind === 'axis' && leaf.axis === 0 ? remainderOf(inner, 3) : null,
        )
        everyPoint((at) => {
          const value = at(remainderOf(inner, 3))
          const direct = substitute(outer, (leaf) =>
            leaf.kind === 'axis' && leaf.axis === 0 ? { kind: 'const', value } : null,
          )
          expect(at(composed)).toBe(at(direct))
        })
      }),
    )
  })

  test('a condition keeps exactly the bounds that are sometimes broken', () => {
    const [i = { kind: 'const', value: 0 }] = axes
    expect(simplifyCondition([{ index: i, low: 0, high: 3 }])).toEqual([])
    expect(simplifyCondition([{ index: i, low: 1, high: 3 }])).toEqual([{ index: i, low: 1, high: 3 }])
    expect(simplifyCondition([{ index: i, low: 3, high: 5 }])).toBeNull()
  })
})
