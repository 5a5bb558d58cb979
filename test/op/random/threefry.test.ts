import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Scalar } from '../../../src/ir/scalar.js'
import type { Halves, Words } from '../../../src/op/random/threefry.js'
import { threefry, threefryScalars } from '../../../src/op/random/threefry.js'
import { constant } from '../../../src/op/scalar-expression.js'
import { evaluate } from '../../support/evaluate-scalar.js'

/** Known answers for 20 rounds, published with the reference implementation, Random123 (kat_vectors). */
const known: readonly { readonly counter: Words; readonly key: Words; readonly block: Words }[] = [
  { counter: [0, 0], key: [0, 0], block: [0x6b200159, 0x99ba4efe] },
  { counter: [0xffffffff, 0xffffffff], key: [0xffffffff, 0xffffffff], block: [0x1cb996fc, 0xbb002be7] },
  { counter: [0x243f6a88, 0x85a308d3], key: [0x13198a2e, 0x03707344], block: [0xc4923a9c, 0x483df7a0] },
]

const halves = (word: number): Halves => ({ high: constant(word >>> 16), low: constant(word & 0xffff) })

/** Every value an expression holds on the way to its result. */
const valuesIn = (root: Scalar): readonly Scalar[] => {
  const seen = new Set<Scalar>()
  const visit = (scalar: Scalar): void => {
    if (seen.has(scalar)) return
    seen.add(scalar)
    if (scalar.kind === 'binary') [scalar.x, scalar.y].forEach(visit)
  }
  visit(root)
  return [...seen]
}

const onHalves = (
  key: Words,
  counter: Words,
): { readonly words: Words; readonly largest: number; readonly size: number } => {
  const block = threefryScalars([halves(key[0]), halves(key[1])], [halves(counter[0]), halves(counter[1])])
  const at = { axes: [], loops: [], inputs: [], accumulator: 0, seen: new Map<Scalar, number>() }
  const word = ({ high, low }: Halves): number => evaluate(high, at) * 0x10000 + evaluate(low, at)
  const words: Words = [word(block[0]), word(block[1])]
  const parts = new Set(block.flatMap(({ high, low }) => [...valuesIn(high), ...valuesIn(low)]))
  return { words, largest: Math.max(...[...parts].map((part) => at.seen.get(part) ?? 0)), size: parts.size }
}

const word = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.constantFrom(0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff),
)
const words: fc.Arbitrary<Words> = fc.tuple(word, word)

describe('Threefry-2x32', () => {
  it.each(known)('gives the known answer for counter $counter', ({ counter, key, block }) => {
    expect(threefry(key, counter)).toEqual(block)
    expect(onHalves(key, counter).words).toEqual(block)
  })

  it('is the same on 16-bit halves as on 32-bit integers, and never leaves the integers float32 holds', () => {
    fc.assert(
      fc.property(words, words, (key, counter) => {
        const found = onHalves(key, counter)
        expect(found.words).toEqual(threefry(key, counter))
        expect(found.largest).toBeLessThan(2 ** 24)
      }),
    )
  })

  it('shares what both halves need: the expression stays small', () => {
    expect(onHalves([1, 2], [3, 4]).size).toBeLessThan(700)
  })

  it('changes about half of its bits when one bit of key or counter changes', () => {
    fc.assert(
      fc.property(
        words,
        words,
        fc.nat({ max: 31 }),
        fc.constantFrom('key', 'counter'),
        (key, counter, bit, which) => {
          const flip = ([first, second]: Words): Words => [(first ^ (1 << bit)) >>> 0, second]
          const before = threefry(key, counter)
          const after = which === 'key' ? threefry(flip(key), counter) : threefry(key, flip(counter))
          const changed = before.reduce(
            (total, value, i) =>
              total +
              [...((value ^ (after[i] ?? 0)) >>> 0).toString(2)].filter((digit) => digit === '1').length,
            0,
          )
          // Binomial with 64 trials: 32 ± 4; six deviations.
          expect(Math.abs(changed - 32)).toBeLessThanOrEqual(24)
        },
      ),
    )
  })
})
