import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clockText,
  countText,
  durationText,
  percentText,
  prefixedText,
  rateText,
} from '../../src/report/quantity.js'

describe('countText', () => {
  it('sets thousands apart and loses no digit', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (count) => {
        expect(Number(countText(count).replaceAll(',', ''))).toBe(count)
        expect(countText(count)).toMatch(/^-?\d{1,3}(,\d{3})*$/)
      }),
    )
    expect([0, 999, 1000, 12345, 1234567].map(countText)).toEqual([
      '0',
      '999',
      '1,000',
      '12,345',
      '1,234,567',
    ])
    expect(countText(NaN)).toBe('NaN')
  })
})

describe('prefixedText', () => {
  it('is within one part in twenty, of at most four characters before the unit', () => {
    const power = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 }
    fc.assert(
      fc.property(fc.double({ min: 1, max: 9e17, noNaN: true }), (value) => {
        const match = /^(\d{1,3}|\d{1,2}\.\d) ([kMGTP]?)B$/.exec(prefixedText(value, 'B'))
        expect(match).not.toBeNull()
        const scale = Object.entries(power).find(([prefix]) => prefix === match?.[2])?.[1] ?? 1
        // Without a prefix the number is rounded to an integer.
        expect(Math.abs(Number(match?.[1]) * scale - value)).toBeLessThanOrEqual(
          scale === 1 ? 0.5 : value * 0.05001,
        )
      }),
    )
  })

  it('reads well', () => {
    const bytes = (value: number) => prefixedText(value, 'B')
    expect([0, 12, 999, 1000, 12_400_000, 999_499, 999_500, 999_949_999, 1e9].map(bytes)).toEqual([
      '0 B',
      '12 B',
      '999 B',
      '1.0 kB',
      '12.4 MB',
      '999 kB',
      '1.0 MB',
      '1.0 GB',
      '1.0 GB',
    ])
    expect(prefixedText(3_140_000, 'FLOP')).toBe('3.1 MFLOP')
    expect(prefixedText(Infinity, 'B')).toBe('Infinity B')
  })
})

describe('time', () => {
  it('reads back to the second', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
        const read = clockText(seconds)
          .split(':')
          .reduce((sum, part) => sum * 60 + Number(part), 0)
        expect(Math.abs(read - seconds)).toBeLessThanOrEqual(0.5)
      }),
    )
    expect([0, 7, 59.6, 83, 3599.7, 7384].map(clockText)).toEqual([
      '0:00',
      '0:07',
      '1:00',
      '1:23',
      '1:00:00',
      '2:03:04',
    ])
    expect(clockText(Infinity)).toBe('?:??')
    expect([0.04, 1.24, 9.94, 9.96, 83].map(durationText)).toEqual([
      '0.0 s',
      '1.2 s',
      '9.9 s',
      '0:10',
      '1:23',
    ])
  })
})

describe('rates and fractions', () => {
  it('read well', () => {
    expect([0.26, 12.34, 99.96, 812.4, 12345].map(rateText)).toEqual(['0.3', '12.3', '100', '812', '12,345'])
    expect([0, 0.94213, 1].map(percentText)).toEqual(['0.00 %', '94.21 %', '100.00 %'])
  })
})
