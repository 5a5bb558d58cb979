import { describe, expect, test } from 'tstyche'
import type { Tensor } from '../../src/index.js'
import {
  add,
  cos,
  div,
  equal,
  erf,
  exp,
  gelu,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  max,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  notEqual,
  relu,
  rsqrt,
  sigmoid,
  sin,
  sqrt,
  sub,
  sum,
  tanh,
} from '../../src/index.js'

type Rows = Tensor<readonly ['batch', 3]>
declare const rows: Rows
declare const row: Tensor<readonly [3]>
declare const longer: Tensor<readonly [4]>
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
