import { expect, test } from 'tstyche'
import type { Shape } from '../../src/shape/dim.js'
import type {
  DimsAgree,
  FrontAxis,
  HasAxis,
  IsOpen,
  NamesOf,
  PrintDims,
  ProductOf,
  ReplaceAxis,
} from '../../src/shape/size-arithmetic.js'

test('unknown ranks and sizes are told from known ones', () => {
  expect<IsOpen<Shape>>().type.toBe<true>()
  expect<IsOpen<readonly [number, 'batch']>>().type.toBe<false>()
})

test('dims agree unless both are known and differ', () => {
  expect<DimsAgree<3, 3>>().type.toBe<true>()
  expect<DimsAgree<3, number>>().type.toBe<true>()
  expect<DimsAgree<'batch', number | string>>().type.toBe<true>()
  expect<DimsAgree<3, 4>>().type.toBe<false>()
  expect<DimsAgree<'batch', 4>>().type.toBe<false>()
  expect<DimsAgree<3, 3 | 4>>().type.toBe<false>()
})

test('sizes multiply, names are set aside', () => {
  expect<ProductOf<readonly ['batch', 28, 28, 3]>>().type.toBe<2352>()
  expect<ProductOf<readonly []>>().type.toBe<1>()
  expect<ProductOf<readonly [0, 7]>>().type.toBe<0>()
  expect<ProductOf<readonly [2, number]>>().type.toBe<number>()
  expect<NamesOf<readonly ['a', 2, 'b']>>().type.toBe<readonly ['a', 'b']>()
})

test('axes count from either end and are replaced', () => {
  expect<FrontAxis<-1, readonly [2, 3, 4]>>().type.toBe<2>()
  expect<HasAxis<readonly [2, 3], 1>>().type.toBe<true>()
  expect<HasAxis<readonly [2, 3], 2>>().type.toBe<false>()
  expect<ReplaceAxis<readonly [2, 3, 4], 1, readonly ['a', 'b']>>().type.toBe<readonly [2, 'a', 'b', 4]>()
  expect<PrintDims<readonly [2, 'batch']>>().type.toBe<'2, batch'>()
})
