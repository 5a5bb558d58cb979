import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apartRows, domainRows, mirrored, stratified } from './strata.js'
import { roundedUp, unitAt, unitsOff } from './units.js'

const normal = fc
  .float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(2 ** -100), max: Math.fround(2 ** 120) })
  .map(Math.fround)

/** The float32 after x > 0. */
const next = (x: number): number => {
  const words = new Int32Array(Float32Array.of(x).buffer)
  words[0] = (words[0] ?? 0) + 1
  return new Float32Array(words.buffer)[0] ?? Number.NaN
}

describe('units in the last place', () => {
  it('are the distances of neighbours, and 2^-126 at least', () => {
    fc.assert(
      fc.property(normal, fc.boolean(), (x, negative) => {
        expect(unitAt(negative ? -x : x)).toBe(next(x) - x)
      }),
    )
    for (const x of [0, 2 ** -149, 2 ** -126, 2 ** -110]) expect(unitAt(x)).toBe(2 ** -126)
  })

  it('of a correctly rounded number are a half at most, of its neighbour more', () => {
    fc.assert(
      fc.property(normal, fc.double({ min: 1, max: 2, noNaN: true }), (x, factor) => {
        const exact = x * factor
        expect(unitsOff(Math.fround(exact), exact)).toBeLessThanOrEqual(0.5)
        expect(unitsOff(next(next(Math.fround(exact))), exact)).toBeGreaterThanOrEqual(1)
      }),
    )
  })

  it('are infinite where a NaN or an infinity is on one side only', () => {
    expect([unitsOff(NaN, 1), unitsOff(1, NaN), unitsOff(Infinity, 1)]).toEqual([
      Infinity,
      Infinity,
      Infinity,
    ])
    expect([unitsOff(NaN, NaN), unitsOff(Infinity, Infinity)]).toEqual([0, 0])
  })

  it('are never rounded down, nor up by more than a tenth', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (x) => {
        expect(roundedUp(x)).toBeGreaterThanOrEqual(x * (1 - 1e-8))
        expect(roundedUp(x)).toBeLessThanOrEqual(x * 1.1 + 1e-12)
      }),
    )
  })
})

describe('stratified inputs', () => {
  it('have one number in each of 2^n equal parts', () => {
    const parts = Array.from({ length: 256 }, (_, i) => Math.floor(256 * mirrored(i)))
    expect(new Set(parts).size).toBe(256)
  })

  it('of a short run begin those of a long one, and stay in their ranges', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.nat(2000),
        fc.constantFrom(undefined, [-10, 3] as const, [0.5, 100] as const, [0, 1] as const),
        (operands, start, range) => {
          const ranges = Array.from({ length: operands }, () => range)
          const long = stratified(ranges, 0, start + 50)
          const short = stratified(ranges, start, 50)
          expect(short).toEqual(long.map((numbers) => numbers.slice(start)))
          const [low, high] = range ?? [-(2 ** 127), 2 ** 127]
          expect(long.every((numbers) => numbers.every((x) => x >= low && x <= high))).toBe(true)
        },
      ),
    )
  })

  it('of 2^14 have every exponent and sign, 0 and both ends', () => {
    const [numbers = new Float32Array(0)] = stratified([undefined], 0, 2 ** 14)
    const kinds = new Set(
      [...numbers]
        .filter((x) => x !== 0)
        .map((x) => Math.sign(x) * (Math.floor(Math.log2(Math.abs(x))) + 200)),
    )
    expect(kinds.size).toBeGreaterThanOrEqual(2 * 253)
    for (const mark of [0, 1, -1, 2 ** 127, -(2 ** 127)]) expect(numbers).toContain(mark)
  })

  it('of two operands meet in all pairs of signs and of near and far', () => {
    const [x = new Float32Array(0), y = new Float32Array(0)] = stratified([undefined, undefined], 0, 2 ** 14)
    const kindOf = (value: number): string =>
      `${Math.sign(value)} ${Math.floor(Math.log2(Math.abs(value)) / 32)}`
    const pairs = new Set(
      [...x].flatMap((a, i) => (a === 0 || y[i] === 0 ? [] : [`${kindOf(a)}, ${kindOf(y[i] ?? 0)}`])),
    )
    expect(pairs.size).toBeGreaterThanOrEqual((2 * 8) ** 2)
  })

  it('of a domain stay in it, whatever the chunk', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 9 }), (start, size) => {
        const rows = { start, rows: 8, size, stream: 1 }
        for (const x of domainRows('positive', 0, rows)) expect(x >= 0.25 && x <= 2).toBe(true)
        for (const x of domainRows({ below: 'n' }, 3, rows)) expect([0, 1, 2]).toContain(x)
        for (const x of domainRows('nonzero', 0, rows)) expect(Math.abs(x)).toBeGreaterThanOrEqual(0.25)
        const apart = apartRows(start, 8, size)
        for (let row = 0; row < 8; row++) {
          const sorted = [...apart.slice(row * size, (row + 1) * size)]
            .map(Math.abs)
            .toSorted((a, b) => a - b)
          sorted.slice(1).forEach((x, i) => expect(x - (sorted[i] ?? 0)).toBeGreaterThan(1e-2))
        }
      }),
    )
  })
})
