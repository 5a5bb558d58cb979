import { expect, test } from 'tstyche'
import type { Tensor } from '../../src/index.js'
import {
  decayWindow,
  freeFilter,
  hyena,
  implicitFilter,
  learnedPositions,
  learnedWindow,
  noWindow,
  paperDecay,
  paperFilter,
  releasedWindow,
  toGrid,
} from '../../src/nn/index.js'
import type { Key } from '../../src/nn/index.js'

type Grid = Tensor<readonly ['batch', 6, 4, 8]>
type Larger = Tensor<readonly ['batch', 12, 10, 8]>

declare const key: Key
declare const grid: Grid
declare const larger: Larger
declare const labels: Tensor<readonly ['batch'], 'i24'>

const filter = implicitFilter(paperFilter)

test('every direction keeps the type it receives', () => {
  expect(hyena({ filter })(grid).output).type.toBe<Grid>()
  expect(hyena({ filter, direction: 'parallel' })(grid).output).type.toBe<Grid>()
  expect(hyena({ filter, direction: 'all', aggregation: 'projection' })(grid).output).type.toBe<Grid>()
  expect(hyena({ filter })).type.not.toBeCallableWith(labels)
  expect(hyena).type.not.toBeCallableWith({ filter, direction: 'sideways' })
  expect(hyena).type.not.toBeCallableWith({ filter, aggregation: 'sum' })
  expect(hyena).type.not.toBeCallableWith({ filter, reversal: 'second' })
})

test('directions that are mixed have parameters of the mixture', () => {
  expect(hyena({ filter, direction: 'both' })(grid).init(key).params.mix).type.toHaveProperty('weight')
  expect(hyena({ filter })(grid).init(key).params.mix).type.not.toHaveProperty('weight')
})

test('a free filter takes a window, not its options', () => {
  expect(hyena({ filter: freeFilter() })(grid).output).type.toBe<Grid>()
  expect(freeFilter).type.toBeCallableWith({ window: decayWindow(learnedWindow) })
  expect(freeFilter).type.not.toBeCallableWith({ window: learnedWindow })
})

test('a window has a range of rates', () => {
  expect(decayWindow).type.toBeCallableWith({ ...releasedWindow, decay: { ...paperDecay, fast: 0.2 } })
  expect(decayWindow).type.not.toBeCallableWith({ ...releasedWindow, decay: { fast: 0.2 } })
})

test('position tables are fixed or learned', () => {
  expect(implicitFilter).type.toBeCallableWith({ ...paperFilter, positions: 'learned by axis' })
  expect(implicitFilter).type.not.toBeCallableWith({ ...paperFilter, positions: 'own' })
  expect(implicitFilter).type.toBeCallableWith({ ...paperFilter, window: noWindow })
})

test('parameters are taken to another grid', () => {
  const [from, to] = [learnedPositions()(grid), learnedPositions()(larger)]
  const params: { readonly positions: Tensor<readonly [6, 4, 8]> } = from.init(key).params
  expect(toGrid(from, to, params).positions).type.toBe<Tensor<readonly [12, 10, 8]>>()
  expect(toGrid).type.not.toBeCallableWith(from, to, { places: params.positions })
  expect(toGrid).type.not.toBeCallableWith(from, to, params, { method: 'nearest' })
})
