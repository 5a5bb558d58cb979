import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countFlops, simplifyScalar } from '../../src/compile/scalar-simplify.js'
import type { Index, Scalar } from '../../src/ir/scalar.js'
import { binary, constant, dynamic, indexSum, quotient, unary } from '../../src/op/scalar-expression.js'

const axis: Index = { kind: 'axis', axis: 0, size: 8 }
const x: Scalar = { kind: 'read', input: 0, index: axis }

describe('simplifyScalar', () => {
  it('drops factors and divisors of 1, and nothing else', () => {
    const one = constant(1)
    for (const same of [binary('mul', x, one), binary('mul', one, x), binary('div', x, one)])
      expect(simplifyScalar(same)).toEqual(x)
    for (const kept of [
      binary('add', x, one),
      binary('sub', x, one),
      binary('div', one, x),
      binary('mul', x, constant(2)),
      binary('div', x, constant(-1)),
      binary('max', x, one),
    ])
      expect(simplifyScalar(kept)).toEqual(kept)
  })

  it('reaches into the numbers that indices are made of', () => {
    const inside = binary('mul', x, constant(1))
    const places: readonly ((value: Scalar) => Index)[] = [
      (value) => dynamic(value, 16),
      (value) => indexSum(3, [2, dynamic(value, 16)], [1, axis]),
      (value) => quotient(dynamic(value, 16), 3),
      (value) => ({ kind: 'remainder', index: dynamic(value, 16), divisor: 3 }),
    ]
    for (const place of places)
      expect(simplifyScalar({ kind: 'read', input: 1, index: place(inside) })).toEqual(
        simplifyScalar({ kind: 'read', input: 1, index: place(x) }),
      )
  })

  it('keeps a node that is used twice one node, which is counted once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), (depth) => {
        let node: Scalar = unary('neg', x)
        for (let i = 0; i < depth; i++) node = binary('add', node, node)
        const simplified = simplifyScalar(node)
        expect(countFlops(simplified)).toBe(depth + 1)
        if (simplified.kind === 'binary') expect(simplified.x).toBe(simplified.y)
      }),
    )
  })
})
