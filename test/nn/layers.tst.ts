import { expect, test } from 'tstyche'
import type { Tensor } from '../../src/index.js'
import {
  attention,
  constantInit,
  countParameters,
  decayWindow,
  dropout,
  firstToken,
  hyena,
  learnedWindow,
  linear,
  model,
  noWindow,
  ones,
  paperFilter,
  parameter,
  productFilter,
  random,
  stateful,
  stateValue,
  uniform,
  zeros,
} from '../../src/nn/index.js'
import type { Key, Model } from '../../src/nn/index.js'

type Row = Tensor<readonly ['batch', 4]>
type Grid = Tensor<readonly ['batch', 7, 7, 64]>

declare const row: Row
declare const grid: Grid
declare const labels: Tensor<readonly ['batch'], 'i24'>

test('dropout keeps the type, and takes f32 only', () => {
  expect(dropout(0.1)(row).output).type.toBe<Row>()
  expect(dropout(0.1)).type.not.toBeCallableWith(labels)
  expect(dropout).type.not.toBeCallableWith('0.1')
})

test('a readout leaves batch and channels', () => {
  expect(firstToken(grid).output).type.toBe<Tensor<readonly ['batch', 64]>>()
  expect(firstToken).type.not.toBeCallableWith(labels)
})

test('heads divide the channels', () => {
  expect(attention(4)(grid).output).type.toBe<Grid>()
  expect(attention(5)).type.not.toBeCallableWith(grid)
  expect(attention(5 as number)(grid).output).type.toBe<Grid>()
})

test('a random layer is told a key or none', () => {
  const noisy = random({ scale: parameter({ shape: [4], init: ones }) }, row, ({ scale }, x, key) => {
    expect(scale).type.toBe<Tensor<readonly [4]>>()
    expect(key).type.toBe<Key | null>()
    return x
  })
  expect(noisy.output).type.toBe<Row>()
  expect(random).type.not.toBeCallableWith({ scale: 1 }, row, () => row)
})

test('a layer with state gives it back', () => {
  const counted = stateful(
    { scale: parameter({ shape: [4], init: zeros }) },
    { mean: stateValue([4], 0) },
    row,
    ({ state }, x) => {
      expect(state.mean).type.toBe<Tensor<readonly [4]>>()
      return { y: x, state }
    },
  )
  expect(counted).type.toBeAssignableTo<
    Model<{ readonly scale: Tensor<readonly [4]> }, { readonly mean: Tensor<readonly [4]> }, Row, Row>
  >()
  expect(stateful).type.not.toBeCallableWith({}, { mean: stateValue([4], 0) }, row, (_: unknown, x: Row) => ({
    y: x,
    state: {},
  }))
})

test('initialisers take numbers, windows and filters their options', () => {
  expect(parameter({ shape: [2, 3], init: uniform(0, 1) }).shape).type.toBe<readonly [2, 3]>()
  expect(parameter).type.not.toBeCallableWith({ shape: [2, 3], init: 0 })
  expect(constantInit).type.not.toBeCallableWith('0')
  expect(decayWindow).type.not.toBeCallableWith({})
  expect(productFilter).type.toBeCallableWith({ ...paperFilter, window: noWindow })
  expect(productFilter).type.not.toBeCallableWith({ ...paperFilter, window: learnedWindow })
  expect(hyena({ filter: productFilter(paperFilter) })(grid).output).type.toBe<Grid>()
  expect(hyena).type.not.toBeCallableWith({ filter: paperFilter })
})

test('parameters of a model are counted', () => {
  expect(countParameters).type.toBeCallableWith(linear(3)(row))
  expect(countParameters).type.not.toBeCallableWith(row)
  expect(model(['batch', 4]).output).type.toBe<Row>()
})
