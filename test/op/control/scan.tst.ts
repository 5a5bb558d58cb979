import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, test } from 'tstyche'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { scan } from '../../../src/op/control/combinator.js'
import { add } from '../../../src/op/elementwise/add.js'
import { mul } from '../../../src/op/elementwise/mul.js'
import { sum } from '../../../src/op/reduce/sum.js'

type Row = Tensor<readonly [3], 'f32'>

const rows = inputTensor('xs', [5, 3], 'f32')
const start = inputTensor('h', [3], 'f32')
const cumulative = (total: Row, x: Row) => {
  const next = pipe(total, add(x))
  return { carry: next, y: next }
}

describe('scan', () => {
  test('puts the steps before the axes of y, and gives the carry the type it has', () => {
    const { carry, ys } = pipe(rows, scan(cumulative, start))
    expect(carry).type.toBe<Row>()
    expect(ys).type.toBe<Tensor<readonly [5, 3], 'f32'>>()
  })
  test('takes trees', () => {
    const found = pipe(
      { u: rows, scale: inputTensor('a', [5], 'f32') },
      scan(
        (
          { h, n }: { h: Row; n: Tensor<readonly [], 'f32'> },
          { u, scale }: { u: Row; scale: Tensor<readonly [], 'f32'> },
        ) => ({
          carry: { h: pipe(h, add(u)), n: pipe(n, add(scale)) },
          y: [pipe(h, sum([0])), u] as const,
        }),
        { h: start, n: inputTensor('n', [], 'f32') },
      ),
    )
    expect(found.carry.n).type.toBe<Tensor<readonly [], 'f32'>>()
    expect(found.ys[0]).type.toBe<Tensor<readonly [5], 'f32'>>()
    expect(found.ys[1]).type.toBe<Tensor<readonly [5, 3], 'f32'>>()
  })
  test('knows the carry from where it starts', () => {
    const { ys } = pipe(
      rows,
      scan((h, x: Row) => ({ carry: pipe(h, mul(x)), y: h }), start),
    )
    expect(ys).type.toBe<Tensor<readonly [5, 3], 'f32'>>()
  })
  test('runs a stated number of steps without a sequence', () => {
    const { ys } = pipe(
      [],
      scan((h) => ({ carry: h, y: h }), start, { length: 7 }),
    )
    expect(ys).type.toBe<Tensor<readonly [7, 3], 'f32'>>()
  })
  test('refuses sequences whose slices the step does not take, and a carry of another type', () => {
    expect(pipe).type.not.toBeCallableWith(inputTensor('xs', [5, 4], 'f32'), scan(cumulative, start))
    expect(scan(cumulative, start)).type.not.toBeCallableWith(inputTensor('xs', [5, 4], 'f32'))
    expect(scan).type.not.toBeCallableWith(cumulative, inputTensor('h', [4], 'f32'))
    expect(scan).type.not.toBeCallableWith(
      (h: Row, x: Row) => ({ carry: pipe(h, add(x), sum([0])), y: h }),
      start,
    )
  })
})
