import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../src/index.js'
import { layer, linear, model, repeat, residual, s4nd, ssm2d } from '../../src/nn/index.js'
import type { Key, ParamsOf, S4KernelParams } from '../../src/nn/index.js'

type Grid = Tensor<readonly ['batch', 6, 4, 8]>
type Volume = Tensor<readonly ['batch', 6, 4, 5, 8]>
type Sequence = Tensor<readonly ['batch', 24, 8]>

declare const key: Key
declare const grid: Grid
declare const volume: Volume
declare const sequence: Sequence
declare const row: Tensor<readonly ['batch']>
declare const labels: Tensor<readonly ['batch', 6, 4, 8], 'i24'>
declare const wider: Tensor<readonly ['batch', 6, 4, 16]>

test('S4ND keeps the type it receives, on a grid of any number of axes', () => {
  expect(s4nd()(grid).output).type.toBe<Grid>()
  expect(s4nd({ states: 4 })(volume).output).type.toBe<Volume>()
  expect(s4nd({ bidirectional: false })(sequence).output).type.toBe<Sequence>()
  expect(s4nd()).type.not.toBeCallableWith(row)
  expect(s4nd()).type.not.toBeCallableWith(labels)
})

test('several results a channel are as many channels, unless a linear map makes them the same again', () => {
  expect(s4nd({ channels: 2 })(grid).output).type.toBe<Tensor<readonly ['batch', 6, 4, number]>>()
  expect(s4nd({ channels: 2 })(grid).output).type.not.toBe<Grid>()
  expect(s4nd({ channels: 2, output: 'linear' })(grid).output).type.toBe<Grid>()
  expect(s4nd({ channels: 2, output: 'gated' })(grid).output).type.toBe<Grid>()
})

test('S4ND takes the options that there are', () => {
  expect(s4nd).type.toBeCallableWith({ matrix: 'diagonal', start: 'lin', discretisation: 'zoh' })
  expect(s4nd).type.not.toBeCallableWith({ matrix: 'dense' })
  expect(s4nd).type.not.toBeCallableWith({ start: 'random' })
  expect(s4nd).type.not.toBeCallableWith({ discretisation: 'euler' })
  expect(s4nd).type.not.toBeCallableWith({ output: 'gelu' })
  expect(s4nd).type.toBeCallableWith({ steps: [0.001, 0.1] })
  expect(s4nd).type.not.toBeCallableWith({ steps: [0.001] })
})

test('S4ND has a kernel an axis and a skip', () => {
  const { params } = s4nd()(grid).init(key)
  expect(params.kernels).type.toBe<Readonly<Record<string, S4KernelParams>>>()
  expect(params).type.toHaveProperty('skip')
  expect(params).type.not.toHaveProperty('bias')
})

test('the 2-D SSM keeps the type it receives', () => {
  expect(ssm2d()(grid).output).type.toBe<Grid>()
  expect(ssm2d({ complex: true, directions: 4 })(grid).output).type.toBe<Grid>()
  expect(ssm2d()).type.not.toBeCallableWith(row)
  expect(ssm2d()).type.not.toBeCallableWith(labels)
})

test('the 2-D SSM takes the options that there are', () => {
  expect(ssm2d).type.toBeCallableWith({ directions: 4 })
  expect(ssm2d).type.not.toBeCallableWith({ directions: 3 })
  expect(ssm2d).type.toBeCallableWith({ reach: [3, 3] })
  expect(ssm2d).type.not.toBeCallableWith({ reach: [3] })
  expect(ssm2d).type.not.toBeCallableWith({ omega: true })
})

test('both stand wherever a layer keeps what it receives', () => {
  expect(residual(s4nd({ states: 4 }))(grid).output).type.toBe<Grid>()
  expect(residual(ssm2d())(grid).output).type.toBe<Grid>()
  expect(repeat(3, ssm2d())(grid).output).type.toBe<Grid>()
  const network = pipe(
    model(['batch', 6, 4, 8]),
    layer('s4', residual(s4nd())),
    layer('ssm', ssm2d()),
    layer('head', linear(3)),
  )
  expect(network.output).type.toBe<Tensor<readonly ['batch', 6, 4, 3]>>()
  expect<keyof ParamsOf<typeof network>>().type.toBe<'s4' | 'ssm' | 'head'>()
  expect(residual(s4nd())).type.not.toBeCallableWith(labels)
  expect(repeat(3, ssm2d())).type.not.toBeCallableWith(labels)
})

test('a layer made for some channels is not applied to others', () => {
  const [one, other] = [s4nd()(grid), ssm2d()(grid)]
  const s4ndOf = (x: typeof one.input) => one.apply(one.init(key), x, { mode: 'evaluate' })
  const ssm2dOf = (x: typeof other.input) => other.apply(other.init(key), x, { mode: 'evaluate' })
  expect(s4ndOf(grid).y).type.toBe<Grid>()
  expect(s4ndOf).type.not.toBeCallableWith(wider)
  expect(ssm2dOf(grid).y).type.toBe<Grid>()
  expect(ssm2dOf).type.not.toBeCallableWith(wider)
})
