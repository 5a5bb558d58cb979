import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { linspace, positionalEncoding } from '../../src/nn/positional-encoding.js'

const row = (length: number, features: number, n: number): readonly number[] => [
  ...positionalEncoding(length, features).data.slice(n * features, (n + 1) * features),
]

describe('positional encoding', () => {
  it('has the released values at length 4 with 5 features', () => {
    const expected = [
      [0, 1, 1, 0, 0],
      [0.333333, 1, 0, -0.000157, -1],
      [0.666667, 1, -1, -0.000314, 0],
      [1, 1, 0, -0.000471, 1],
    ]
    expected.forEach((values, n) => {
      const found = row(4, 5, n)
      values.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 6))
    })
  })

  it('is a ramp, a constant and nearly zero with 3 features', () => {
    const [t, cosine, sine] = row(14, 3, 13)
    expect(t).toBe(1)
    expect(cosine).toBeCloseTo(0.99999983, 8)
    expect(sine).toBeCloseTo(-0.00058, 5)
  })

  it('is defined on an axis of one place', () => {
    expect(row(1, 3, 0)).toEqual([0, 1, -0])
  })

  it.each([1, 2, 4, 3.5])('refuses %s features', (features) => {
    const result = attempt(() => positionalEncoding(4, features))
    expect(result).toMatchObject({
      left: { _tag: 'OptionError', where: 'positionalEncoding', found: `${features}` },
    })
  })

  it('spaces numbers with both ends included', () => {
    expect([...linspace(1, 3, 3)]).toEqual([1, 2, 3])
    expect([...linspace(1e-4, 0, 1)]).toEqual([1e-4])
  })
})
