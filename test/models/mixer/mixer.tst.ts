import { expect, test } from 'tstyche'
import {
  attentionDefaults,
  hybridDefaults,
  hyenaDefaults,
  s4ndDefaults,
  ssm2dDefaults,
} from '../../../models/mixer/config.js'
import { mixerOf, mixersOf } from '../../../models/mixer/index.js'
import type { Mixer, SingleMixerConfig, Tokens } from '../../../models/mixer/index.js'
import type { Tensor } from '../../../src/index.js'
import {
  attention,
  hyena,
  implicitFilter,
  paperFilter,
  s4nd,
  ssm2d,
  truncatedNormalInit,
} from '../../../src/nn/index.js'

declare const grid: Tensor<readonly ['batch', 6, 4, 8]>
declare const sequence: Tensor<readonly ['batch', 25, 8]>
declare const images: Tensor<readonly ['image', 6, 4, 8]>
declare const channels: Tensor<readonly ['batch', 6, 4, 'channel']>
declare const batch: Tensor<readonly ['batch']>
declare const labels: Tensor<readonly ['batch', 6, 4, 8], 'i24'>

const place = { block: 0, before: 0 }

test('every layer that mixes is a mixer; functions of other tensors or of tensors to tensors are none', () => {
  const mixing: readonly Mixer[] = [
    attention(4),
    hyena({ filter: implicitFilter(paperFilter) }),
    s4nd(),
    ssm2d(),
    s4nd({ channels: 2, output: 'gated' }),
  ]
  expect(mixing).type.toBe<readonly Mixer[]>()
  expect<Mixer>().type.toBeAssignableFrom<(x: Tokens) => ReturnType<Mixer>>()
  expect<Mixer>().type.not.toBeAssignableFrom<(x: typeof labels) => ReturnType<Mixer>>()
  expect<Mixer>().type.not.toBeAssignableFrom<(x: Tokens) => Tokens>()
})

test('a mixer takes tokens: a batch, a grid of any rank, channels of known number', () => {
  const mixer = mixerOf(s4ndDefaults, place, truncatedNormalInit)
  expect(mixer).type.toBe<Mixer>()
  expect(mixer).type.toBeCallableWith(grid)
  expect(mixer).type.toBeCallableWith(sequence)
  expect(mixer).type.not.toBeCallableWith(batch)
  expect(mixer).type.not.toBeCallableWith(images)
  expect(mixer).type.not.toBeCallableWith(channels)
  expect(mixer).type.not.toBeCallableWith(labels)
  expect(mixer(grid).output).type.toBe<Tokens>()
})

test('a mixer is made of the options of one kind, not of a hybrid of two', () => {
  expect(mixerOf).type.toBeCallableWith(attentionDefaults, place, truncatedNormalInit)
  expect(mixerOf).type.toBeCallableWith({ ...hyenaDefaults, directions: 4 }, place, truncatedNormalInit)
  expect(mixerOf).type.toBeCallableWith(ssm2dDefaults, place, truncatedNormalInit)
  expect(mixerOf).type.not.toBeCallableWith(hybridDefaults, place, truncatedNormalInit)
  expect(mixersOf(hybridDefaults, 12)).type.toBe<readonly SingleMixerConfig[]>()
})

test('options that there are not are refused', () => {
  expect(mixerOf).type.toBeCallableWith({ ...s4ndDefaults, start: 'lin' }, place, truncatedNormalInit)
  expect(mixerOf).type.not.toBeCallableWith({ ...s4ndDefaults, start: 'hippo' }, place, truncatedNormalInit)
  expect(mixerOf).type.toBeCallableWith({ ...ssm2dDefaults, directions: 4 }, place, truncatedNormalInit)
  expect(mixerOf).type.not.toBeCallableWith({ ...ssm2dDefaults, directions: 3 }, place, truncatedNormalInit)
  expect(mixerOf).type.not.toBeCallableWith({ ...hyenaDefaults, directions: 3 }, place, truncatedNormalInit)
  expect(mixerOf).type.not.toBeCallableWith({ kind: 's4nd' }, place, truncatedNormalInit)
  expect(mixerOf).type.not.toBeCallableWith(s4ndDefaults, 0, truncatedNormalInit)
})
