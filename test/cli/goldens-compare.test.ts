import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isWithin, relativeError, TOLERANCE, tolerancesOf, worst } from '../../src/cli/goldens/compare.js'
import { renderError } from '../../src/error/error.js'
import type { NdArray } from '../../src/op/def.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'

const array = (shape: readonly number[], values: readonly number[]): NdArray => ({
  shape,
  data: Float64Array.from(values),
})
const vector = (values: readonly number[]): NdArray => array([values.length], values)
const values = fc.array(
  fc.double({ min: 0.5, max: 2, noNaN: true }).map((v) => Math.fround(v)),
  { minLength: 1, maxLength: 6 },
)

describe('the error of a tensor', () => {
  it('is the largest difference over the largest value, whatever the scale', () => {
    fc.assert(
      fc.property(
        values,
        fc.nat(),
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.integer({ min: -20, max: 20 }),
        (b, at, by, power) => {
          const place = at % b.length
          const a = b.map((value, i) => (i === place ? value + by : value))
          const scaled = (all: readonly number[]) => vector(all.map((value) => value * 2 ** power))
          expect(relativeError(scaled(a), scaled(b))).toBeCloseTo(Math.abs(by) / Math.max(...b), 12)
        },
      ),
    )
  })

  it('is the largest value where all is expected to be 0', () => {
    expect(relativeError(vector([0, -3e-6, 1e-6]), vector([0, 0, 0]))).toBe(3e-6)
    expect(relativeError(vector([]), vector([]))).toBe(0)
  })

  it.each<[string, NdArray, NdArray]>([
    ['another shape', array([2, 3], [1, 2, 3, 4, 5, 6]), array([3, 2], [1, 2, 3, 4, 5, 6])],
    ['a missing value', array([2], [1]), array([2], [1, 2])],
    ['NaN for a number', vector([1, Number.NaN]), vector([1, 2])],
    ['a number for NaN', vector([1, 2]), vector([1, Number.NaN])],
    ['an infinity for a number', vector([1, Infinity]), vector([1, 2])],
    ['the other infinity', vector([1, Infinity]), vector([1, -Infinity])],
  ])('is infinite for %s', (_, found, expected) => {
    expect(relativeError(found, expected)).toBe(Infinity)
  })

  it('is 0 where the same special value is expected', () => {
    expect(relativeError(vector([Number.NaN, -Infinity, 1]), vector([Number.NaN, -Infinity, 1]))).toBe(0)
  })

  it('is judged against its own tolerance', () => {
    const [y, k] = [
      { name: 'y', error: 2e-5, tolerance: 1e-5 },
      { name: 'k', error: 3e-5, tolerance: 1e-4 },
    ]
    expect([isWithin(y), isWithin(k), worst([k, y]), worst([])]).toEqual([false, true, y, null])
  })
})

describe('the tolerance of a file', () => {
  const stating = (y?: string, grads?: string) =>
    tolerancesOf({
      name: 'case',
      tensors: {},
      metadata: {
        ...(y === undefined ? {} : { float64_rel_err_y: y }),
        ...(grads === undefined ? {} : { float64_rel_err_grads: grads }),
      },
    })

  it('is 1e-5, or ten times what the file states of float32, whichever is larger', () => {
    expect(expectRight(stating())).toEqual({ outputs: TOLERANCE, gradients: TOLERANCE })
    expect(expectRight(stating('3.60e-07', '2.78e-06 at filters.0.mu'))).toEqual({
      outputs: TOLERANCE,
      gradients: 10 * 2.78e-6,
    })
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1, noNaN: true }), (error) => {
        const text = error.toExponential(2)
        const tolerance = Math.max(TOLERANCE, 10 * Number(text))
        expect(expectRight(stating(text, `${text} at a.b`))).toEqual({
          outputs: tolerance,
          gradients: tolerance,
        })
      }),
    )
  })

  it.each(['nan', 'inf', 'nan at x'])('is not widened by %s', (text) => {
    expect(expectRight(stating(text, text))).toEqual({ outputs: TOLERANCE, gradients: TOLERANCE })
  })

  it.each(['', 'small', '1e-6 1e-5', '2.78e-06 at'])('is an error where the file states %o', (text) => {
    expect(renderError(expectLeft(stating(undefined, text)))).toContain('float64_rel_err_grads')
  })
})
