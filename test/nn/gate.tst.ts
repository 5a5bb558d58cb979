import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'tstyche'
import type { Tensor } from '../../src/index.js'
import { gate, layer, linear, model } from '../../src/nn/index.js'

test('gate keeps the type it receives', () => {
  expect(pipe(model(['batch', 4]), layer('gate', gate(linear(4)))).output).type.toBe<
    Tensor<readonly ['batch', 4]>
  >()
  expect(gate(linear(5))).type.not.toBeCallableWith({} as Tensor<readonly ['batch', 4]>)
})
