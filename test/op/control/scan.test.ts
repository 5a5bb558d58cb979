import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { trace } from '../../../src/compile/trace.js'
import { attempt, orFail, renderError } from '../../../src/error/error.js'
import { vmap } from '../../../src/grad/batch.js'
import { jvp } from '../../../src/grad/jvp.js'
import { grad, vjp } from '../../../src/grad/vjp.js'
import { checkGrad } from '../../../src/inspect/check-grad.js'
import { toGraph } from '../../../src/ir/graph.js'
import { printGraph } from '../../../src/ir/print.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { build } from '../../../src/op/index.js'
import type { ScanOptions } from '../../../src/op/control/combinator.js'
import { scan } from '../../../src/op/control/combinator.js'
import { remat } from '../../../src/op/control/remat.js'
import { add } from '../../../src/op/elementwise/add.js'
import { exp } from '../../../src/op/elementwise/exp.js'
import { mul } from '../../../src/op/elementwise/mul.js'
import { tanh } from '../../../src/op/elementwise/tanh.js'
import { filled } from '../../../src/op/leaf/constant.js'
import { einsum } from '../../../src/op/linear/contract.js'
import { sum } from '../../../src/op/reduce/sum.js'
import { evaluate } from '../../../src/run/reference.js'
import { expectNear } from '../../support/close.js'
import { evaluateCompiled } from '../../support/compiled.js'
import { randomLoops, tensor } from '../../support/random-loop.js'

type Row = Tensor<readonly [3], 'f32'>
type Scalar = Tensor<readonly [], 'f32'>

const valuesOf = (x: Tensor): readonly number[] => [...(evaluate([x])[0]?.data ?? [])]

const expectAll = (
  what: string,
  found: readonly NdArray[],
  expected: readonly NdArray[],
  relative: number,
): void => {
  expect(found.length).toBe(expected.length)
  // Rounding is relative to the largest number at hand: gradients of different operands differ widely.
  const data = Float64Array.from(expected.flatMap((array) => [1, ...array.data]))
  expected.forEach((array, i) =>
    expectNear(`${what} ${i}`, found[i] ?? { shape: [], data: new Float64Array() }, array, relative, {
      shape: [data.length],
      data,
    }),
  )
}

const LOOP = { unroll: 0 }
const COPIES = { unroll: Infinity }
const PRECISION = 1e-12

const cotangentsOf = (results: readonly Tensor[]): readonly Tensor[] =>
  results.map(({ shape }, i) => tensor(1000 + i, ...shape.map(Number)))

describe('a loop and the copies of its body', () => {
  const lengths = fc.integer({ min: 0, max: 12 })

  it('compute the same, interpreted and compiled', () => {
    fc.assert(
      fc.property(randomLoops(lengths), ({ f, operands }) => {
        const expected = evaluate(f(COPIES)(operands))
        expectAll('interpreted', evaluate(f(LOOP)(operands)), expected, PRECISION)
        expectAll('compiled', evaluateCompiled(f(LOOP)(operands)), expected, 1e-5)
      }),
    )
  })

  it('have the same gradients, interpreted and compiled', () => {
    fc.assert(
      fc.property(randomLoops(lengths), ({ f, operands }) => {
        const pulled = (options: ScanOptions<number>): readonly Tensor[] => {
          const { value, pullback } = vjp(f(options))(operands)
          return pullback(cotangentsOf(value))
        }
        const expected = evaluate(pulled(COPIES))
        expectAll('interpreted', evaluate(pulled(LOOP)), expected, PRECISION)
        expectAll('compiled', evaluateCompiled(pulled(LOOP)), expected, 1e-5)
      }),
      { numRuns: 60 },
    )
  })

  it('have the same directional derivatives', () => {
    fc.assert(
      fc.property(randomLoops(lengths), ({ f, operands }) => {
        const pushed = (options: ScanOptions<number>): readonly Tensor[] =>
          jvp(f(options))(operands, cotangentsOf(operands)).tangent
        expectAll('tangent', evaluate(pushed(LOOP)), evaluate(pushed(COPIES)), PRECISION)
      }),
      { numRuns: 60 },
    )
  })

  it('have the same second derivatives, forward over reverse and reverse over reverse', () => {
    fc.assert(
      fc.property(randomLoops(fc.integer({ min: 0, max: 5 })), ({ f, operands }) => {
        const pulled =
          (options: ScanOptions<number>) =>
          (at: readonly Tensor[]): readonly Tensor[] => {
            const { value, pullback } = vjp(f(options))(at)
            return pullback(cotangentsOf(value))
          }
        const forward = (options: ScanOptions<number>): readonly Tensor[] =>
          jvp(pulled(options))(operands, cotangentsOf(operands)).tangent
        const reverse = (options: ScanOptions<number>): readonly Tensor[] =>
          vjp(pulled(options))(operands).pullback(cotangentsOf(operands))
        expectAll('forward', evaluate(forward(LOOP)), evaluate(forward(COPIES)), 1e-10)
        expectAll('reverse', evaluate(reverse(LOOP)), evaluate(reverse(COPIES)), 1e-10)
      }),
      { numRuns: 20 },
    )
  })

  it('are mapped over a new axis alike, whichever operands have it', () => {
    fc.assert(
      fc.property(randomLoops(lengths), fc.integer({ min: 1, max: 7 }), ({ f, operands }, choice) => {
        const isMapped = operands.map((_, i) => (choice & (1 << i)) !== 0)
        if (!isMapped.includes(true)) return
        const stacked = operands.map((x, i) =>
          isMapped[i] === true ? tensor(77 + i, 2, ...x.shape.map(Number)) : x,
        )
        const mapped = (options: ScanOptions<number>): readonly Tensor[] =>
          vmap((...given: readonly Tensor[]) => f(options)(given), {
            in: isMapped.map((flag) => (flag ? 0 : null)),
          })(...stacked)
        const expected = evaluate(mapped(COPIES))
        expectAll('interpreted', evaluate(mapped(LOOP)), expected, PRECISION)
        expectAll('compiled', evaluateCompiled(mapped(LOOP)), expected, 1e-5)
      }),
      { numRuns: 60 },
    )
  })
})

describe('scan', () => {
  const cumulative = (total: Row, x: Row) => {
    const next = pipe(total, add(x))
    return { carry: next, y: next }
  }

  it.each([false, true])('sums up, reverse %s', (reverse) => {
    const rows = tensor(1, 20, 3)
    const { carry, ys } = pipe(rows, scan(cumulative, filled(0, [3]), { reverse }))
    const xs = valuesOf(rows)
    const expected = Float64Array.from(xs, (_, i) => {
      const own = xs.filter((_, j) => j % 3 === i % 3 && (reverse ? j >= i : j <= i))
      return own.reduce((a, b) => a + b, 0)
    })
    expectNear(
      'ys',
      { shape: [20, 3], data: Float64Array.from(valuesOf(ys)) },
      { shape: [20, 3], data: expected },
      PRECISION,
    )
    expect(valuesOf(carry)).toEqual(valuesOf(ys).slice(reverse ? 0 : 57, reverse ? 3 : 60))
  })

  it('is a recurrent network, whose gradient is that of finite differences', () => {
    const params = { recurrent: tensor(2, 4, 4), input: tensor(3, 4, 3), bias: tensor(4, 4) }
    const cell = (h: Tensor<readonly [4], 'f32'>, x: Row, given: typeof params) => {
      const next = pipe(
        pipe(given.recurrent, einsum('ij,j->i')(h)),
        add(pipe(given.input, einsum('ij,j->i')(x))),
        add(given.bias),
        tanh,
      )
      return { carry: next, y: next }
    }
    const xs = tensor(5, 11, 3)
    const loss = (given: typeof params): Scalar => {
      const { carry, ys } = pipe(
        xs,
        scan((h, x: Row) => cell(h, x, given), filled(0, [4])),
      )
      return pipe(carry, sum(), add(pipe(ys, mul(ys), sum())))
    }
    expect(checkGrad(loss)(params)).toMatchObject({ _tag: 'Right' })
  })

  it('computes outside what does not depend on the loop', () => {
    const weight = inputTensor('w', [3], 'f32')
    const { ys } = pipe(
      inputTensor('xs', [20, 3], 'f32'),
      scan(
        (h: Row, x: Row) => ({ carry: pipe(h, mul(pipe(weight, exp))), y: pipe(h, add(x)) }),
        filled(1, [3]),
      ),
    )
    const graph = toGraph([{ name: 'ys', tensor: ys }])
    expect(graph.nodes.map(({ op }) => op)).toEqual(expect.arrayContaining(['exp', 'scan']))
    expect(printGraph(graph).match(/exp/g)?.length).toBe(1)
  })

  it('runs a stated number of steps, in loops inside loops', () => {
    const two = filled(2, [])
    const power = (x: Scalar, n: number): Scalar =>
      pipe(
        [],
        scan((h) => ({ carry: pipe(h, mul(x)), y: [] }), filled(1, []), { length: n, unroll: 0 }),
      ).carry
    const { carry, ys } = pipe(
      [],
      scan((h) => ({ carry: pipe(h, add(power(h, 3))), y: power(h, 2) }), two, { length: 3, unroll: 0 }),
    )
    // 2, 2 + 8 = 10, 10 + 1000 = 1010, …
    expect(valuesOf(ys)).toEqual([4, 100, 1_020_100])
    expect(valuesOf(carry)).toEqual([1010 + 1010 ** 3])
    expectAll('compiled', evaluateCompiled([carry, ys]), evaluate([carry, ys]), 1e-12)
  })

  it('differentiates a step that itself is a gradient: descent, unrolled through', () => {
    const descend = (rate: Scalar): Scalar =>
      pipe(
        [],
        scan(
          (x) => ({
            carry: pipe(x, add(pipe(grad((z: Scalar) => pipe(z, mul(z), mul(z)))(x), mul(rate)))),
            y: [],
          }),
          filled(0.3, []),
          { length: 10, unroll: 0 },
        ),
      ).carry
    expect(checkGrad(descend)(filled(-0.1, []))).toMatchObject({ _tag: 'Right' })
  })

  it('takes parts that are computed again, and is one itself', () => {
    const rows = tensor(6, 10, 3)
    const cell = ({ h, x }: { readonly h: Row; readonly x: Row }): Row => pipe(h, mul(x), tanh, add(h), tanh)
    const run =
      (inner: typeof cell, options: ScanOptions<number>) =>
      (xs: typeof rows): Scalar =>
        pipe(
          xs,
          scan((h, x: Row) => ({ carry: inner({ h, x }), y: h }), filled(0.5, [3]), options),
          ({ ys }) => pipe(ys, mul(ys), sum()),
        )
    const expected = evaluate([grad(run(cell, COPIES))(rows)])
    for (const f of [run(remat(cell), LOOP), remat(run(cell, LOOP)), remat(run(remat(cell), LOOP))]) {
      expectAll('interpreted', evaluate([grad(f)(rows)]), expected, PRECISION)
      expectAll('compiled', evaluateCompiled([grad(f)(rows)]), expected, 1e-6)
    }
  })

  it('is copies of its body up to eight steps, or up to as many as asked', () => {
    const isUnrolled = (steps: number, options: ScanOptions<number> = {}): boolean => {
      const { carry } = pipe(inputTensor('xs', [steps, 3], 'f32'), scan(cumulative, filled(0, [3]), options))
      return carry.node.attrs['unroll'] === true
    }
    expect([
      isUnrolled(8),
      isUnrolled(9),
      isUnrolled(9, { unroll: 9 }),
      isUnrolled(1, { unroll: 0 }),
    ]).toEqual([true, false, true, false])
  })
})

describe('scan refuses', () => {
  const message = (f: () => unknown): string => {
    const found = attempt(f)
    return E.isLeft(found) ? renderError(found.left) : 'accepted'
  }
  const start: Tensor = tensor(1, 3)
  const same = (h: Tensor) => ({ carry: h, y: h })

  it.each([
    [
      'sequences of different lengths',
      () => scan(same, start)([tensor(1, 4), tensor(1, 5)]),
      'ShapeError in scan: expected 4 steps, the leading axis of 0, everywhere, found f32[5] at 1.',
    ],
    [
      'another length than is stated',
      () => scan(same, start, { length: 3 })(tensor(1, 4)),
      'ShapeError in scan: expected 4 steps, the leading axis of xs, everywhere, found length 3.',
    ],
    [
      'a length that is a name',
      () => scan(same, start)(inputTensor('x', ['time', 2], 'f32')),
      'ShapeError in scan: expected sequences with a leading axis of known size, found f32[time, 2] at xs.',
    ],
    [
      'a slice that is let out of the step',
      () => {
        const kept: Tensor[] = []
        const step = (h: Tensor, x: Tensor) => {
          kept.push(x)
          return { carry: h, y: h }
        }
        const leak = (xs: Tensor): Tensor => {
          const { carry } = scan(step, start)(xs)
          return build.add(carry, kept[0] ?? carry)
        }
        return orFail(trace(leak)(tensor(1, 4, 3)))
      },
      "ShapeError in trace: expected a function of its arguments alone, found an input 'slice 0 of a step' of type f32[3].",
    ],
    [
      'no length',
      () => scan(same, start)([]),
      'OptionError in scan: expected a sequence, or a length that is a count of steps, found neither.',
    ],
    [
      'a length that is no count',
      () => scan(same, start, { length: 1.5 })([]),
      'OptionError in scan: expected a sequence, or a length that is a count of steps, found length 1.5.',
    ],
    [
      'a carry of another shape',
      () =>
        scan(
          (h: Tensor, x: Tensor) => ({ carry: build.mul(h, x), y: x }),
          tensor(1, 1) as Tensor,
        )(tensor(1, 4, 3)),
      'ShapeError in scan: expected f32[1] at carry, found f32[3] at carry.',
    ],
    [
      'a carry of another structure',
      () =>
        scan((h: { readonly a: Tensor; readonly b?: Tensor }) => ({ carry: { a: h.a }, y: h.a }), {
          a: tensor(1, 1),
          b: tensor(1, 2),
        })([tensor(1, 4)]),
      'ShapeError in scan: expected f32[2] at carry.b, found nothing.',
    ],
  ])('%s', (_, f, expected) => {
    expect(message(f).split('\n')[0]).toBe(expected)
  })
})
