import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../../src/ir/tensor.js'
import { add } from '../../../src/op/elementwise/add.js'
import { cos } from '../../../src/op/elementwise/cos.js'
import { div } from '../../../src/op/elementwise/div.js'
import { equal } from '../../../src/op/elementwise/equal.js'
import { erf } from '../../../src/op/elementwise/erf.js'
import { exp } from '../../../src/op/elementwise/exp.js'
import { gelu } from '../../../src/op/elementwise/gelu.js'
import { greater } from '../../../src/op/elementwise/greater.js'
import { greaterEqual } from '../../../src/op/elementwise/greater-equal.js'
import { identity } from '../../../src/op/elementwise/identity.js'
import { less } from '../../../src/op/elementwise/less.js'
import { lessEqual } from '../../../src/op/elementwise/less-equal.js'
import { log } from '../../../src/op/elementwise/log.js'
import { maximum } from '../../../src/op/elementwise/maximum.js'
import { minimum } from '../../../src/op/elementwise/minimum.js'
import { mul } from '../../../src/op/elementwise/mul.js'
import { neg } from '../../../src/op/elementwise/neg.js'
import { notEqual } from '../../../src/op/elementwise/not-equal.js'
import { relu } from '../../../src/op/elementwise/relu.js'
import { rsqrt } from '../../../src/op/elementwise/rsqrt.js'
import { select } from '../../../src/op/elementwise/select.js'
import { sigmoid } from '../../../src/op/elementwise/sigmoid.js'
import { sin } from '../../../src/op/elementwise/sin.js'
import { sqrt } from '../../../src/op/elementwise/sqrt.js'
import { stopGradient } from '../../../src/op/elementwise/stop-gradient.js'
import { sub } from '../../../src/op/elementwise/sub.js'
import { tanh } from '../../../src/op/elementwise/tanh.js'
import { toFloat } from '../../../src/op/elementwise/to-float.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { evaluate } from '../../../src/run/reference.js'

const values = (x: Tensor): readonly number[] => [...(evaluate([x])[0]?.data ?? [])]
const vector = (...of: readonly number[]) => fromArray(Float64Array.from(of), [of.length] as const)
const expectClose = (found: readonly number[], wanted: readonly number[], relative = 1e-14): void => {
  expect(found).toHaveLength(wanted.length)
  wanted.forEach((value, i) => {
    if (Number.isFinite(value))
      expect(Math.abs((found[i] ?? NaN) - value)).toBeLessThanOrEqual(
        relative * Math.max(Math.abs(value), 1e-300),
      )
    else expect(found[i]).toBe(value)
  })
}

const POINTS = [-3, -0.5, 0.25, 1, 2.5]
const POSITIVE = [1e-3, 0.25, 1, 9, 1e4]

describe('one operand, by another formula', () => {
  const cases: readonly (readonly [
    name: string,
    op: (x: Tensor<readonly [number], 'f32'>) => Tensor,
    points: readonly number[],
    formula: (x: number) => number,
  ])[] = [
    ['neg', neg, POINTS, (x) => 0 - x],
    ['exp', exp, POINTS, (x) => Math.E ** x],
    ['log', log, POSITIVE, (x) => Math.log2(x) * Math.LN2],
    ['sqrt', sqrt, POSITIVE, (x) => x ** 0.5],
    ['rsqrt', rsqrt, POSITIVE, (x) => x ** -0.5],
    ['sin', sin, POINTS, (x) => 2 * Math.sin(x / 2) * Math.cos(x / 2)],
    ['cos', cos, POINTS, (x) => 1 - 2 * Math.sin(x / 2) ** 2],
    ['tanh', tanh, POINTS, (x) => Math.sinh(x) / Math.cosh(x)],
    ['sigmoid', sigmoid, POINTS, (x) => (1 + Math.tanh(x / 2)) / 2],
    ['relu', relu, POINTS, (x) => (x + Math.abs(x)) / 2],
    ['identity', identity, POINTS, (x) => x],
    ['stopGradient', stopGradient, POINTS, (x) => x],
  ]
  it.each(cases)('%s', (_, op, points, formula) =>
    expectClose(values(op(vector(...points))), points.map(formula)),
  )
})

describe('one operand, at the ends', () => {
  const ends = vector(-Infinity, 0, Infinity)
  it('exp, log and the roots', () => {
    expect(values(exp(ends))).toEqual([0, 1, Infinity])
    expect(values(log(ends))).toEqual([NaN, -Infinity, Infinity])
    expect(values(sqrt(ends))).toEqual([NaN, 0, Infinity])
    expect(values(rsqrt(ends))).toEqual([NaN, Infinity, 0])
  })
  it('what saturates', () => {
    expect(values(tanh(ends))).toEqual([-1, 0, 1])
    expect(values(sigmoid(ends))).toEqual([0, 0.5, 1])
    expect(values(erf(ends))).toEqual([-1, 0, 1])
    expect(values(relu(ends))).toEqual([0, 0, Infinity])
    expect(values(gelu(ends)).map((x) => x + 0)).toEqual([0, 0, Infinity])
  })
  it('sigmoid of a large negative number keeps its digits', () =>
    expectClose(values(sigmoid(vector(-700))), [Math.exp(-700)]))
  it('gelu is x Φ(x): Φ(1) + Φ(−1) = 1, and the tail decays as the density', () => {
    const [up = NaN, down = NaN, far = NaN] = values(gelu(vector(1, -1, -12)))
    expectClose([up - down], [1])
    // Mills' ratio: Φ(−x) = φ(x)/x · (1 − 1/x² + 3/x⁴ − 15/x⁶ + …), the error below the next term
    expectClose(
      [far],
      [
        -(Math.exp(-72) / Math.sqrt(2 * Math.PI)) *
          (1 - 1 / 144 + 3 / 144 ** 2 - 15 / 144 ** 3 + 105 / 144 ** 4),
      ],
      1e-7,
    )
  })
  it('NaN stays NaN', () => {
    for (const op of [neg, exp, log, sqrt, rsqrt, sin, cos, tanh, erf, sigmoid, gelu, relu])
      expect(values(op(vector(NaN)))).toEqual([NaN])
  })
})

describe('two operands', () => {
  const x = vector(1, -2, 0.5)
  const y = vector(4, -2, -8)
  it('data come first', () => {
    expect(values(pipe(x, add(y)))).toEqual([5, -4, -7.5])
    expect(values(pipe(x, sub(y)))).toEqual([-3, 0, 8.5])
    expect(values(pipe(x, mul(y)))).toEqual([4, 4, -4])
    expect(values(pipe(x, div(y)))).toEqual([0.25, 1, -0.0625])
    expect(values(pipe(x, maximum(y)))).toEqual([4, -2, 0.5])
    expect(values(pipe(x, minimum(y)))).toEqual([1, -2, -8])
  })
  it('a number is a constant', () => {
    expect(values(pipe(x, sub(1)))).toEqual([0, -3, -0.5])
    expect(values(pipe(x, div(2)))).toEqual([0.5, -1, 0.25])
  })
  it('a column against a row is a table', () => {
    const column = fromArray(Float64Array.of(10, 20), [2, 1])
    const table = pipe(column, sub(x))
    expect(table.shape).toEqual([2, 3])
    expect(values(table)).toEqual([9, 12, 9.5, 19, 22, 19.5])
  })
  it('NaN passes through the extrema', () => {
    expect(values(pipe(vector(NaN, 1), maximum(vector(1, NaN))))).toEqual([NaN, NaN])
    expect(values(pipe(vector(NaN, 1), minimum(vector(1, NaN))))).toEqual([NaN, NaN])
  })
})

describe('comparisons', () => {
  const x = vector(1, 2, 3, NaN)
  it('are false beside NaN, except ≠', () => {
    const rows = [less, lessEqual, greater, greaterEqual, equal, notEqual].map((compare) =>
      values(pipe(x, compare(vector(2, 2, 2, 2)))),
    )
    expect(rows).toEqual([
      [1, 0, 0, 0],
      [1, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 1, 1, 0],
      [0, 1, 0, 0],
      [1, 0, 1, 1],
    ])
  })
  it('integers are compared with whole numbers only', () => {
    const count = fromArray(Float64Array.of(3, 7), [2], 'i24')
    expect(values(pipe(count, greater(5)))).toEqual([0, 1])
    for (const wrong of [2.5, -1, 2 ** 24, NaN])
      expect(() => pipe(count, greater(wrong))).toThrow('a whole number from 0 below 2^24')
  })
})

describe('select and toFloat', () => {
  const flag = fromArray(Float64Array.of(1, 0, 1), [3], 'bool')
  it('selects', () => {
    expect(values(pipe(flag, select(vector(1, 2, 3), vector(4, 5, 6))))).toEqual([1, 5, 3])
    expect(values(pipe(flag, select(7, vector(NaN, 5, NaN))))).toEqual([7, 5, 7])
    const whole = pipe(flag, select(fromArray(Float64Array.of(1, 2, 3), [3], 'i24'), 0))
    expect([whole.dtype, ...values(whole)]).toEqual(['i24', 1, 0, 3])
  })
  it('a bool is 0 or 1, an integer itself', () => {
    expect(values(toFloat(flag))).toEqual([1, 0, 1])
    expect(toFloat(fromArray(Float64Array.of(9), [1], 'i24'))).toMatchObject({ dtype: 'f32', shape: [1] })
  })
})
