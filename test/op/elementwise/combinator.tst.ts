import { flow, pipe } from 'fp-ts/lib/function.js'
import { describe, expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { add } from '../../../src/op/elementwise/add.js'
import { div } from '../../../src/op/elementwise/div.js'
import { equal } from '../../../src/op/elementwise/equal.js'
import { exp } from '../../../src/op/elementwise/exp.js'
import { gelu } from '../../../src/op/elementwise/gelu.js'
import { greater } from '../../../src/op/elementwise/greater.js'
import { greaterEqual } from '../../../src/op/elementwise/greater-equal.js'
import { identity } from '../../../src/op/elementwise/identity.js'
import { less } from '../../../src/op/elementwise/less.js'
import { lessEqual } from '../../../src/op/elementwise/less-equal.js'
import { maximum } from '../../../src/op/elementwise/maximum.js'
import { minimum } from '../../../src/op/elementwise/minimum.js'
import { mul } from '../../../src/op/elementwise/mul.js'
import { notEqual } from '../../../src/op/elementwise/not-equal.js'
import type { SelectCheck } from '../../../src/op/elementwise/select.js'
import { select } from '../../../src/op/elementwise/select.js'
import { stopGradient } from '../../../src/op/elementwise/stop-gradient.js'
import { sub } from '../../../src/op/elementwise/sub.js'
import { toFloat } from '../../../src/op/elementwise/to-float.js'
import type { BroadcastCheck } from '../../../src/shape/broadcast.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { ShapeError } from '../../../src/shape/shape-error.js'

const x = inputTensor('x', ['batch', 3, 4], 'f32')
const row = inputTensor('row', [4], 'f32')
const column = inputTensor('column', [3, 1], 'f32')
const wrong = inputTensor('wrong', [3], 'f32')
const other = inputTensor('other', ['tokens', 3, 4], 'f32')
const open = inputTensor('open', [3] as Shape, 'f32')
const loose = inputTensor('loose', [3, 4] as readonly [number, number], 'f32')
const count = inputTensor('count', [3, 4], 'i24')
const flag = inputTensor('flag', [3, 4], 'bool')

describe('one operand', () => {
  test('keeps the shape', () => {
    expect(exp(x)).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
    expect(pipe(open, gelu)).type.toBe<Tensor<Shape, 'f32'>>()
  })
  test('arithmetic is of f32 alone', () => {
    expect(exp).type.not.toBeCallableWith(count)
    expect(gelu).type.not.toBeCallableWith(flag)
  })
  test('identity and stopGradient keep any dtype', () => {
    expect(identity(count)).type.toBe<Tensor<readonly [3, 4], 'i24'>>()
    expect(stopGradient(flag)).type.toBe<Tensor<readonly [3, 4], 'bool'>>()
  })
  test('toFloat takes integers and bools', () => {
    expect(toFloat(count)).type.toBe<Tensor<readonly [3, 4], 'f32'>>()
    expect(toFloat(flag)).type.toBe<Tensor<readonly [3, 4], 'f32'>>()
    expect(toFloat).type.not.toBeCallableWith(x)
  })
})

describe('two operands', () => {
  test('broadcast', () => {
    expect(pipe(x, add(row))).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
    expect(pipe(row, sub(x))).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
    expect(pipe(row, maximum(column))).type.toBe<Tensor<readonly [3, 4], 'f32'>>()
    expect(pipe(x, mul(inputTensor('y', ['batch', 1, 1], 'f32')))).type.toBe<
      Tensor<readonly ['batch', 3, 4], 'f32'>
    >()
    expect(pipe(inputTensor('y', [1, 3, 1], 'f32'), minimum(x))).type.toBe<
      Tensor<readonly ['batch', 3, 4], 'f32'>
    >()
  })
  test('a plain number is a constant', () => {
    expect(pipe(x, div(2))).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
    expect(pipe(open, mul(-1))).type.toBe<Tensor<Shape, 'f32'>>()
    expect(flow(add(1), div(2))(x)).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
    expect(flow(add(row), exp)(x)).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
  })
  test('a function of any shape can scale', () => {
    const half = <S extends Shape>(y: Tensor<S, 'f32'>): Tensor<S, 'f32'> => pipe(y, exp, div(2))
    expect(half(x)).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
  })
  test('what is not known is left to the run-time rule', () => {
    expect(pipe(loose, add(row))).type.toBe<Tensor<readonly [number, 4], 'f32'>>()
    expect(pipe(loose, add(inputTensor('b', ['batch', 4], 'f32')))).type.toBe<
      Tensor<readonly ['batch', 4], 'f32'>
    >()
    expect(pipe(open, add(row))).type.toBe<Tensor<Shape, 'f32'>>()
    expect(pipe(row, add(open))).type.toBe<Tensor<Shape, 'f32'>>()
  })
  test('axes that differ are refused with a sentence', () => {
    expect(add(wrong)).type.not.toBeCallableWith(x)
    expect(add(other)).type.not.toBeCallableWith(x)
    expect(mul(inputTensor('three', [3, 3, 4], 'f32'))).type.not.toBeCallableWith(x)
    expect<BroadcastCheck<'add', readonly ['batch', 3, 4], readonly [3]>>().type.toBe<
      ShapeError<'add: axes 4 and 3 differ'>
    >()
    expect<BroadcastCheck<'mul', readonly ['batch', 4], readonly [3, 4]>>().type.toBe<
      ShapeError<'mul: axes batch and 3 differ'>
    >()
    expect<BroadcastCheck<'sub', readonly ['batch'], readonly ['tokens']>>().type.toBe<
      ShapeError<'sub: axes batch and tokens differ'>
    >()
  })
  test('arithmetic is of f32 alone', () => {
    expect(add).type.not.toBeCallableWith(count)
    expect(add(1)).type.not.toBeCallableWith(count)
    expect(maximum(row)).type.not.toBeCallableWith(flag)
  })
})

describe('comparisons', () => {
  test('give bools', () => {
    expect(pipe(x, less(row))).type.toBe<Tensor<readonly ['batch', 3, 4], 'bool'>>()
    expect(pipe(x, greaterEqual(0))).type.toBe<Tensor<readonly ['batch', 3, 4], 'bool'>>()
    expect(pipe(count, equal(count))).type.toBe<Tensor<readonly [3, 4], 'bool'>>()
    expect(pipe(count, lessEqual(7))).type.toBe<Tensor<readonly [3, 4], 'bool'>>()
  })
  test('want one dtype, f32 or i24, and shapes that broadcast', () => {
    expect(less(row)).type.not.toBeCallableWith(count)
    expect(equal(count)).type.not.toBeCallableWith(row)
    expect(notEqual(0)).type.not.toBeCallableWith(flag)
    expect(greater).type.not.toBeCallableWith(flag)
    expect(greater(wrong)).type.not.toBeCallableWith(row)
  })
})

describe('select', () => {
  test('broadcasts all three', () => {
    expect(pipe(flag, select(x, row))).type.toBe<Tensor<readonly ['batch', 3, 4], 'f32'>>()
    expect(pipe(flag, select(row, 0))).type.toBe<Tensor<readonly [3, 4], 'f32'>>()
    expect(pipe(flag, select(0, column))).type.toBe<Tensor<readonly [3, 4], 'f32'>>()
    expect(pipe(flag, select(1, 0))).type.toBe<Tensor<readonly [3, 4], 'f32'>>()
    expect(pipe(flag, select(count, 0))).type.toBe<Tensor<readonly [3, 4], 'i24'>>()
    expect(pipe(flag, select(flag, flag))).type.toBe<Tensor<readonly [3, 4], 'bool'>>()
    expect(pipe(flag, select(open, 0))).type.toBe<Tensor<Shape, 'f32'>>()
  })
  test('refuses', () => {
    expect(select(1, 0)).type.not.toBeCallableWith(x)
    expect(select(x, count)).type.not.toBeCallableWith(flag)
    expect(select(row, wrong)).type.not.toBeCallableWith(flag)
    expect(select(wrong, 0)).type.not.toBeCallableWith(flag)
    expect<SelectCheck<readonly [3, 4], typeof x, typeof count>>().type.toBe<
      ShapeError<'select: dtypes f32 and i24 differ'>
    >()
    expect<SelectCheck<readonly [4], typeof row, typeof wrong>>().type.toBe<
      ShapeError<'select: axes 4 and 3 differ'>
    >()
    expect<SelectCheck<readonly [3, 4], typeof wrong, number>>().type.toBe<
      ShapeError<'select: axes 4 and 3 differ'>
    >()
  })
})
