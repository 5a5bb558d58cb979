import { describe, expect, test } from 'tstyche'
import type { Tensor } from '../../src/index.js'
import {
  abs,
  add,
  and,
  atan2,
  ceil,
  clamp,
  cos,
  div,
  equal,
  erf,
  exp,
  expm1,
  floor,
  gelu,
  geluTanh,
  greater,
  greaterEqual,
  isNaN,
  lerp,
  less,
  lessEqual,
  log,
  log1p,
  max,
  maximum,
  mean,
  minimum,
  mod,
  mul,
  neg,
  not,
  notEqual,
  or,
  pow,
  reciprocal,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tanh,
} from '../../src/index.js'

type Rows = Tensor<readonly ['batch', 3]>
declare const rows: Rows
declare const row: Tensor<readonly [3]>
declare const longer: Tensor<readonly [4]>
declare const flags: Tensor<readonly ['batch', 3], 'bool'>
declare const labels: Tensor<readonly ['batch'], 'i24'>

/** Every elementwise op and reduction by name: one call that is accepted, and one that is refused. */

describe('functions of one tensor keep its shape and take f32 only', () => {
  test('neg', () => {
    expect(neg(rows)).type.toBe<Rows>()
    expect(neg).type.not.toBeCallableWith(labels)
  })
  test('exp', () => {
    expect(exp(rows)).type.toBe<Rows>()
    expect(exp).type.not.toBeCallableWith(labels)
  })
  test('log', () => {
    expect(log(rows)).type.toBe<Rows>()
    expect(log).type.not.toBeCallableWith(labels)
  })
  test('sqrt', () => {
    expect(sqrt(rows)).type.toBe<Rows>()
    expect(sqrt).type.not.toBeCallableWith(labels)
  })
  test('rsqrt', () => {
    expect(rsqrt(rows)).type.toBe<Rows>()
    expect(rsqrt).type.not.toBeCallableWith(labels)
  })
  test('sin', () => {
    expect(sin(rows)).type.toBe<Rows>()
    expect(sin).type.not.toBeCallableWith(labels)
  })
  test('cos', () => {
    expect(cos(rows)).type.toBe<Rows>()
    expect(cos).type.not.toBeCallableWith(labels)
  })
  test('tanh', () => {
    expect(tanh(rows)).type.toBe<Rows>()
    expect(tanh).type.not.toBeCallableWith(labels)
  })
  test('erf', () => {
    expect(erf(rows)).type.toBe<Rows>()
    expect(erf).type.not.toBeCallableWith(labels)
  })
  test('sigmoid', () => {
    expect(sigmoid(rows)).type.toBe<Rows>()
    expect(sigmoid).type.not.toBeCallableWith(labels)
  })
  test('gelu', () => {
    expect(gelu(rows)).type.toBe<Rows>()
    expect(gelu).type.not.toBeCallableWith(labels)
  })
  test('relu', () => {
    expect(relu(rows)).type.toBe<Rows>()
    expect(relu).type.not.toBeCallableWith(labels)
  })
  test('abs', () => {
    expect(abs(rows)).type.toBe<Rows>()
    expect(abs).type.not.toBeCallableWith(labels)
  })
  test('sign', () => {
    expect(sign(rows)).type.toBe<Rows>()
    expect(sign).type.not.toBeCallableWith(labels)
  })
  test('reciprocal', () => {
    expect(reciprocal(rows)).type.toBe<Rows>()
    expect(reciprocal).type.not.toBeCallableWith(labels)
  })
  test('floor', () => {
    expect(floor(rows)).type.toBe<Rows>()
    expect(floor).type.not.toBeCallableWith(labels)
  })
  test('ceil', () => {
    expect(ceil(rows)).type.toBe<Rows>()
    expect(ceil).type.not.toBeCallableWith(labels)
  })
  test('round', () => {
    expect(round(rows)).type.toBe<Rows>()
    expect(round).type.not.toBeCallableWith(labels)
  })
  test('expm1', () => {
    expect(expm1(rows)).type.toBe<Rows>()
    expect(expm1).type.not.toBeCallableWith(labels)
  })
  test('log1p', () => {
    expect(log1p(rows)).type.toBe<Rows>()
    expect(log1p).type.not.toBeCallableWith(labels)
  })
  test('square', () => {
    expect(square(rows)).type.toBe<Rows>()
    expect(square).type.not.toBeCallableWith(labels)
  })
  test('softplus', () => {
    expect(softplus(rows)).type.toBe<Rows>()
    expect(softplus).type.not.toBeCallableWith(labels)
  })
  test('silu', () => {
    expect(silu(rows)).type.toBe<Rows>()
    expect(silu).type.not.toBeCallableWith(labels)
  })
  test('geluTanh', () => {
    expect(geluTanh(rows)).type.toBe<Rows>()
    expect(geluTanh).type.not.toBeCallableWith(labels)
  })
})

describe('functions of two tensors broadcast', () => {
  test('add', () => {
    expect(add(row)(rows)).type.toBe<Rows>()
    expect(add(longer)).type.not.toBeCallableWith(rows)
  })
  test('sub', () => {
    expect(sub(row)(rows)).type.toBe<Rows>()
    expect(sub(longer)).type.not.toBeCallableWith(rows)
  })
  test('mul', () => {
    expect(mul(row)(rows)).type.toBe<Rows>()
    expect(mul(longer)).type.not.toBeCallableWith(rows)
  })
  test('div', () => {
    expect(div(row)(rows)).type.toBe<Rows>()
    expect(div(longer)).type.not.toBeCallableWith(rows)
  })
  test('maximum', () => {
    expect(maximum(row)(rows)).type.toBe<Rows>()
    expect(maximum(longer)).type.not.toBeCallableWith(rows)
  })
  test('minimum', () => {
    expect(minimum(row)(rows)).type.toBe<Rows>()
    expect(minimum(longer)).type.not.toBeCallableWith(rows)
  })
  test('mod', () => {
    expect(mod(row)(rows)).type.toBe<Rows>()
    expect(mod(2)(rows)).type.toBe<Rows>()
    expect(mod(longer)).type.not.toBeCallableWith(rows)
  })
  test('pow', () => {
    expect(pow(row)(rows)).type.toBe<Rows>()
    expect(pow(2)(rows)).type.toBe<Rows>()
    expect(pow(longer)).type.not.toBeCallableWith(rows)
  })
  test('atan2', () => {
    expect(atan2(row)(rows)).type.toBe<Rows>()
    expect(atan2(2)(rows)).type.toBe<Rows>()
    expect(atan2(longer)).type.not.toBeCallableWith(rows)
  })
})

describe('functions of three tensors broadcast', () => {
  test('clamp', () => {
    expect(clamp(row, rows)(rows)).type.toBe<Rows>()
    expect(clamp(0, row)(rows)).type.toBe<Rows>()
    expect(clamp(rows, 1)(row)).type.toBe<Rows>()
    expect(clamp(longer, 0)).type.not.toBeCallableWith(rows)
    expect(clamp(longer, row)).type.not.toBeCallableWith(rows)
  })
  test('lerp', () => {
    expect(lerp(row, rows)(rows)).type.toBe<Rows>()
    expect(lerp(0, row)(rows)).type.toBe<Rows>()
    expect(lerp(rows, 1)(row)).type.toBe<Rows>()
    expect(lerp(longer, 0)).type.not.toBeCallableWith(rows)
    expect(lerp(longer, row)).type.not.toBeCallableWith(rows)
  })
})

describe('bools', () => {
  test('not', () => {
    expect(not(flags)).type.toBe<typeof flags>()
    expect(not).type.not.toBeCallableWith(rows)
  })
  test('isNaN', () => {
    expect(isNaN(rows)).type.toBe<typeof flags>()
    expect(isNaN).type.not.toBeCallableWith(labels)
  })
  test('and', () => {
    expect(and(flags)(flags)).type.toBe<typeof flags>()
    expect(and(1)(flags)).type.toBe<typeof flags>()
    expect(and(flags)).type.not.toBeCallableWith(rows)
  })
  test('or', () => {
    expect(or(flags)(flags)).type.toBe<typeof flags>()
    expect(or(1)(flags)).type.toBe<typeof flags>()
    expect(or(flags)).type.not.toBeCallableWith(rows)
  })
})

describe('comparisons broadcast and give bools', () => {
  test('less', () => {
    expect(less(row)(rows)).type.toBe<Tensor<readonly ['batch', 3], 'bool'>>()
    expect(less(longer)).type.not.toBeCallableWith(rows)
  })
  test('lessEqual', () => {
    expect(lessEqual(row)(rows)).type.toBe<Tensor<readonly ['batch', 3], 'bool'>>()
    expect(lessEqual(longer)).type.not.toBeCallableWith(rows)
  })
  test('greater', () => {
    expect(greater(row)(rows)).type.toBe<Tensor<readonly ['batch', 3], 'bool'>>()
    expect(greater(longer)).type.not.toBeCallableWith(rows)
  })
  test('greaterEqual', () => {
    expect(greaterEqual(row)(rows)).type.toBe<Tensor<readonly ['batch', 3], 'bool'>>()
    expect(greaterEqual(longer)).type.not.toBeCallableWith(rows)
  })
  test('equal', () => {
    expect(equal(row)(rows)).type.toBe<Tensor<readonly ['batch', 3], 'bool'>>()
    expect(equal(longer)).type.not.toBeCallableWith(rows)
  })
  test('notEqual', () => {
    expect(notEqual(row)(rows)).type.toBe<Tensor<readonly ['batch', 3], 'bool'>>()
    expect(notEqual(longer)).type.not.toBeCallableWith(rows)
  })
})

describe('reductions drop or keep the axes they name', () => {
  test('sum', () => {
    expect(sum([1])(rows)).type.toBe<Tensor<readonly ['batch']>>()
    expect(sum([1], { keepDims: true })(rows)).type.toBe<Tensor<readonly ['batch', 1]>>()
    expect(sum([2])).type.not.toBeCallableWith(rows)
  })
  test('mean', () => {
    expect(mean([1])(rows)).type.toBe<Tensor<readonly ['batch']>>()
    expect(mean([1], { keepDims: true })(rows)).type.toBe<Tensor<readonly ['batch', 1]>>()
    expect(mean([2])).type.not.toBeCallableWith(rows)
  })
  test('max', () => {
    expect(max([1])(rows)).type.toBe<Tensor<readonly ['batch']>>()
    expect(max([1], { keepDims: true })(rows)).type.toBe<Tensor<readonly ['batch', 1]>>()
    expect(max([2])).type.not.toBeCallableWith(rows)
  })
})
