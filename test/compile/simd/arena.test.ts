import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Lifetime } from '../../../src/compile/simd/arena.js'
import { ALIGNMENT, aligned, layOut } from '../../../src/compile/simd/arena.js'

const lifetimes: fc.Arbitrary<readonly Lifetime[]> = fc.array(
  fc
    .tuple(fc.nat(1_000), fc.nat(20), fc.nat(20))
    .map(([bytes, a, b]) => ({ bytes, from: Math.min(a, b), to: Math.max(a, b) })),
  { maxLength: 40 },
)

describe('the arena', () => {
  test('values that live at once have bytes of their own, on lines of their own, within the arena', () => {
    fc.assert(
      fc.property(lifetimes, (values) => {
        const { offsets, bytes } = layOut(values)
        values.forEach((a, i) => {
          const start = offsets[i] ?? -1
          expect(start % ALIGNMENT).toBe(0)
          expect(start + a.bytes).toBeLessThanOrEqual(bytes)
          values.slice(0, i).forEach((b, j) => {
            const other = offsets[j] ?? -1
            const together = a.from <= b.to && b.from <= a.to && a.bytes > 0 && b.bytes > 0
            if (together)
              expect(start + aligned(a.bytes) <= other || other + aligned(b.bytes) <= start).toBe(true)
          })
        })
      }),
    )
  })

  test('is as large as what lives at once where lives follow each other', () => {
    const chain = Array.from({ length: 30 }, (_, i) => ({ bytes: 64 * (1 + (i % 7)), from: i, to: i + 1 }))
    const most = Math.max(
      ...chain.map((_, step) =>
        chain.reduce((sum, { bytes, from, to }) => sum + (from <= step && step <= to ? bytes : 0), 0),
      ),
    )
    expect(layOut(chain).bytes).toBeLessThanOrEqual(1.1 * most)
  })
})
