import { describe, expect, it } from 'vitest'
import { erf, erfc } from '../../../src/op/elementwise/error-function.js'

/** Nodes and weights of Gauss–Legendre quadrature with `n` points on [−1, 1], by Newton's method. */
const gaussLegendre = (n: number): readonly (readonly [node: number, weight: number])[] =>
  Array.from({ length: n }, (_, i) => {
    const legendre = (x: number): readonly [value: number, slope: number] => {
      let [before, value] = [1, x]
      for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k]
      return [value, (n * (before - x * value)) / (1 - x * x)]
    }
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    for (let step = 0; step < 20; step++) {
      const [value, slope] = legendre(x)
      x -= value / slope
    }
    const [, slope] = legendre(x)
    return [x, 2 / ((1 - x * x) * slope * slope)]
  })

const RULE = gaussLegendre(40)
const integral = (f: (t: number) => number, from: number, to: number): number =>
  RULE.reduce((sum, [node, weight]) => sum + weight * f(from + ((node + 1) * (to - from)) / 2), 0) *
  ((to - from) / 2)

const gaussian = (t: number): number => (2 / Math.sqrt(Math.PI)) * Math.exp(-t * t)
const relative = (value: number, oracle: number): number => Math.abs(value - oracle) / Math.abs(oracle)
const POINTS = Array.from({ length: 120 }, (_, i) => (i + 1) * 0.05)

describe('erf', () => {
  it('is its integral, to 2e-15 relative', () => {
    for (const x of POINTS) expect(relative(erf(x), integral(gaussian, 0, x))).toBeLessThan(2e-15)
  })
  it('is x · 2/√π near 0, odd, and 1 at infinity', () => {
    expect(relative(erf(1e-12), (1e-12 * 2) / Math.sqrt(Math.PI))).toBeLessThan(1e-15)
    for (const x of POINTS) expect(erf(-x)).toBe(-erf(x))
    expect([erf(0), erf(30), erf(Infinity), erf(-Infinity), erf(NaN)]).toEqual([0, 1, 1, -1, NaN])
  })
})

describe('erfc', () => {
  it('is the integral of the tail, to 3e-14 relative', () => {
    for (const x of POINTS)
      expect(relative(erfc(x), integral(gaussian, x, x + 3) + integral(gaussian, x + 3, x + 6))).toBeLessThan(
        3e-14,
      )
  })
  it('ends at 2, 0 and NaN', () => {
    expect([erfc(-Infinity), erfc(0), erfc(Infinity), erfc(NaN)]).toEqual([2, 1, 0, NaN])
  })
})
