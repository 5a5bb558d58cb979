import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt, renderError } from '../../src/error/error.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { evaluate } from '../../src/run/reference.js'
import { clipByGlobalNorm, globalNorm } from '../../src/train/clip.js'
import { expectClose } from '../support/close.js'
import { expectLeft } from '../support/gpu-environment.js'

interface Gradient {
  readonly weight: readonly number[]
  readonly bias: readonly number[]
}

const asTree = ({ weight, bias }: Gradient) => ({
  layers: [{ weight: fromArray(Float64Array.from(weight), [weight.length / 2, 2]) }],
  bias: fromArray(Float64Array.from(bias), [bias.length]),
})

const clipped = (
  limit: number,
  gradient: Gradient,
): { readonly gradient: Gradient; readonly norm: number } => {
  const result = clipByGlobalNorm(limit)(asTree(gradient))
  const [weight, bias, norm] = evaluate([
    ...result.gradient.layers.map((layer) => layer.weight),
    result.gradient.bias,
    result.norm,
  ])
  return {
    gradient: { weight: [...(weight?.data ?? [])], bias: [...(bias?.data ?? [])] },
    norm: norm?.data[0] ?? NaN,
  }
}

const flat = ({ weight, bias }: Gradient): readonly number[] => [...weight, ...bias]

/** A grid: no square of a number underflows. */
const number = fc.integer({ min: -64_000, max: 64_000 }).map((n) => n / 64)
const gradients: fc.Arbitrary<Gradient> = fc.record({
  weight: fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 3 }).map((pairs) => pairs.flat()),
  bias: fc.array(number, { maxLength: 3 }),
})
const limits = fc.double({ min: 1e-3, max: 1e4, noNaN: true })

describe('clipByGlobalNorm', () => {
  it('leaves a norm of at most the limit, in the same direction, and tells the norm before', () => {
    fc.assert(
      fc.property(gradients, limits, (gradient, limit) => {
        const before = Math.hypot(...flat(gradient))
        const { gradient: after, norm } = clipped(limit, gradient)
        expectClose('norm', [norm], [before], 1e-12, 0)
        expect(Math.hypot(...flat(after))).toBeLessThanOrEqual(limit * (1 + 1e-12))
        const factor = before > limit ? limit / before : 1
        expectClose(
          'direction',
          flat(after),
          flat(gradient).map((g) => factor * g),
          1e-12,
          0,
        )
      }),
    )
  })

  it('leaves alone, to the bit, what is below the limit', () => {
    fc.assert(
      fc.property(gradients, (gradient) => {
        expect(clipped(Math.hypot(...flat(gradient)) * 1.0001 + 1e-3, gradient).gradient).toEqual(gradient)
      }),
    )
  })

  it('leaves zero zero', () => {
    const zero = { weight: [0, 0], bias: [0] }
    expect(clipped(1, zero)).toEqual({ gradient: zero, norm: 0 })
  })
})

describe('a limit that is not positive', () => {
  it.each([0, -1, NaN])('such as %d is refused', (limit) => {
    expect(renderError(expectLeft(attempt(() => clipped(limit, { weight: [1, 1], bias: [] }))))).toBe(
      `OptionError in clipByGlobalNorm: expected a positive limit, found ${limit}.\n` +
        '  hint: the norm is the root of the sum of all squares; 1 is common',
    )
  })
})

describe('globalNorm', () => {
  it('is zero of no tensors', () => {
    expect(evaluate([globalNorm({})])[0]?.data).toEqual(Float64Array.of(0))
  })
})
