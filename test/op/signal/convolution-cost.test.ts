import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toGraph } from '../../../src/ir/graph.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import { expandComposites } from '../../../src/op/expand.js'
import { build, ops } from '../../../src/op/index.js'
import { chooseConvolution } from '../../../src/op/signal/convolution-cost.js'
import { goodLength, lineProducts, planLine, printPlan } from '../../../src/op/signal/radix-plan.js'
import type { TensorType } from '../../../src/shape/dim.js'

const grid = (batch: number, n: number, channels: number): TensorType => ({
  shape: [batch, n, n, channels],
  dtype: 'f32',
})
const choose = (n: number) =>
  chooseConvolution({ axes: [1, 2], mode: 'causal', sumOver: [] }, [grid(32, n, 64), grid(1, n, 64)])

describe('the algorithm of a convolution', () => {
  it('is direct on small grids and spectral on large ones, and changes once', () => {
    const algorithms = [2, 4, 8, 14, 16, 24, 32, 48, 64, 96, 128].map((n) => choose(n).algorithm)
    expect(algorithms[0]).toBe('direct')
    expect(choose(16).algorithm).toBe('direct')
    expect(algorithms.at(-1)).toBe('fft')
    expect(algorithms.filter((algorithm, i) => i > 0 && algorithm !== algorithms[i - 1])).toHaveLength(1)
  })

  it('counts half of all pairs an axis for a causal direct sum: 18,496 on 16×16', () => {
    const one = chooseConvolution({ axes: [0, 1], mode: 'causal', sumOver: [] }, [
      { shape: [16, 16], dtype: 'f32' },
      { shape: [16, 16], dtype: 'f32' },
    ])
    expect(one.flops.direct / 2).toBe(((16 * 17) / 2) ** 2)
    // Real lines along 16 rows, complex lines of 4·8 points, half of them zero, along 17 columns; two operands and the result.
    expect(one.flops.transform).toBe(3 * (16 * 16 * 17 * 4 + 17 * 8 * (32 * 2 + 4 * 8 * 8)) + 8 * 32 * 17)
    expect(one.reason).toBe(
      'causal convolution on [16, 16]: 37.0 kflop directly, 187.1 kflop by transforms of 4·8 by 32 points, each weighted 0.5, plus launches; so the direct sum',
    )
  })

  it('decides what the compiler keeps whole', () => {
    const opsOf = (n: number): readonly string[] => {
      const [x, k] = [inputTensor('x', [32, n, n, 64], 'f32'), inputTensor('k', [1, n, n, 64], 'f32')]
      const graph = toGraph([
        { name: 'y', tensor: build.fftConv({ axes: [1, 2], mode: 'causal', sumOver: [] }, x, k) },
      ])
      const keep: Parameters<typeof expandComposites>[2] = (op, attrs, inputs) =>
        op.lower !== undefined && (op.keepWhole?.(attrs, inputs) ?? true)
      return expandComposites(ops, build, keep, graph).nodes.map((node) => node.op)
    }
    expect(opsOf(8)).toContain('fftConv')
    expect(opsOf(128)).not.toContain('fftConv')
    expect(opsOf(128)).toContain('contract')
  })
})

describe('the plan of a transform', () => {
  const length = fc.integer({ min: 1, max: 5000 })

  it('never takes more products than the defining sum, except by a chirp', () => {
    fc.assert(
      fc.property(length, (n) => {
        const plan = planLine(n)
        if (!printPlan(plan).includes('chirp')) expect(lineProducts(plan)).toBeLessThanOrEqual(n * n)
      }),
    )
  })

  it('takes no factor above 16 but primes up to 64, and covers the length', () => {
    fc.assert(
      fc.property(length, (n) => {
        const text = printPlan(planLine(n))
        if (text.includes('chirp')) return
        const factors = text.split('·').map(Number)
        expect(factors.reduce((product, factor) => product * factor, 1)).toBe(n)
        for (const factor of factors)
          expect(factor <= 16 || [17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61].includes(factor)).toBe(true)
      }),
    )
  })

  it('lengthens to an even number with factors 2, 3 and 5, by less than a factor 1.35', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5000 }), (n) => {
        const good = goodLength(n)
        expect(good % 2).toBe(0)
        expect(good).toBeGreaterThanOrEqual(n)
        expect(good / n).toBeLessThanOrEqual(1.35)
        let rest = good
        for (const factor of [2, 3, 5]) while (rest % factor === 0) rest /= factor
        expect(rest).toBe(1)
      }),
    )
  })
})
