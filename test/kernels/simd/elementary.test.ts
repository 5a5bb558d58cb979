import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Features } from '../../../kernels/simd/kernel.js'
import { splat } from '../../../kernels/simd/writer.js'
import { binary } from '../../../kernels/simd/elementary.js'
import type { BinaryFn } from '../../../src/ir/scalar.js'
import { FEATURES } from '../../support/run-simd-kernel.js'
import { binaryMeaning, unaryMeaning } from '../../support/scalar-meaning.js'
import { ACCURACIES, applied, between, evaluated, everyExponent, ulps } from './elementary-cases.js'

/** In fours, the last repeated. */
const inFours = (values: readonly number[]): Float32Array => {
  const rest = (4 - (values.length % 4)) % 4
  return Float32Array.from([...values, ...Array.from({ length: rest }, () => values.at(-1) ?? 0)])
}

const inBothModes = FEATURES.map((features) => [features.relaxed ? 'relaxed' : 'strict', features] as const)

describe.each(inBothModes)('functions of one number, %s', (_mode, features) => {
  it.each(ACCURACIES.map((accuracy) => [accuracy.fn, accuracy.bound, accuracy] as const))(
    '%s is within %d units of its float64 meaning',
    (fn, bound, { samples, meaning, flushed = 0 }) => {
      const x = inFours(samples)
      const found = applied({ unary: fn }, features, x)
      const missed = [...x].flatMap((value, i) => {
        const [result = NaN, wanted] = [found[i], meaning(value)]
        const isFlushed = result === 0 && Math.abs(wanted) < flushed
        const isNothing = Number.isNaN(result) && Number.isNaN(wanted)
        return isFlushed || isNothing || ulps(result, wanted) <= bound
          ? []
          : [`${fn}(${value}) is ${result}, expected ${wanted}`]
      })
      expect(missed.slice(0, 10)).toEqual([])
    },
  )

  it.each(['sin', 'cos'] as const)('%s of any finite number is in [−1, 1]', (fn) => {
    const found = applied({ unary: fn }, features, inFours([...everyExponent, ...between(1e4, 1e6)]))
    expect([...found].filter((y) => !(Math.abs(y) <= 1))).toEqual([])
  })

  it.each(['exp', 'tanh', 'sigmoid', 'erf', 'log'] as const)('%s rises, but for its error', (fn) => {
    const x = inFours([...between(fn === 'log' ? 1e-3 : -20, 20, 20000)])
    const found = applied({ unary: fn }, features, x)
    const falls = [...found].filter(
      (y, i) => i > 0 && y < (found[i - 1] ?? y) && ulps(y, found[i - 1] ?? y) > 3,
    )
    expect(falls).toEqual([])
  })

  it.each(['exp', 'sigmoid'] as const)('%s is never between 0 and 2^-126, which would be slow', (fn) => {
    const found = applied({ unary: fn }, features, inFours(between(-110, -80, 20000)))
    expect([...found].filter((y) => !(y === 0 || y >= 2 ** -126))).toEqual([])
    expect(found).toContain(0)
    expect([...found].some((y) => y > 0)).toBe(true)
  })

  it.each(['tanh', 'erf', 'sigmoid'] as const)('%s is never beyond 1', (fn) => {
    const found = applied({ unary: fn }, features, inFours([...everyExponent, ...between(2, 20, 20000)]))
    expect([...found].filter((y) => !(Math.abs(y) <= 1))).toEqual([])
  })
})

const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 2.5, -2.5].concat(
  [2 ** -126, -(2 ** -126), 2 ** -149, -(2 ** -149), 2 ** 24 + 2, 2 ** 24 - 1, 1 - 2 ** 24].concat(
    [3.4028234663852886e38, -3.4028234663852886e38].map(Math.fround),
  ),
)

/** IEEE 754's power, which JavaScript leaves at 1^NaN and (±1)^±∞. */
const power = (x: number, y: number): number =>
  x === 1 || (Math.abs(x) === 1 && Math.abs(y) === Infinity) ? 1 : x ** y

const remainder = (x: number, y: number): number => {
  const rest = x % y
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest
}

/** By the same operations as JavaScript, but for two that state more. */
const meaningOf = (fn: BinaryFn, x: number, y: number): number =>
  fn === 'pow' ? power(x, y) : fn === 'mod' ? remainder(x, y) : binaryMeaning(fn, x, y)

const ON_NUMBERS = ['add', 'sub', 'mul', 'div', 'max', 'min', 'pow', 'mod'] as const
const ON_ANYTHING = [...ON_NUMBERS, 'lt', 'le', 'gt', 'ge', 'eq', 'ne'] as const
const ON_WORDS = ['iand', 'ior', 'ixor', 'ishl', 'ishr'] as const

/** Units in the last place; a zero has no sign. */
const BOUND: Partial<Record<BinaryFn, number>> = {
  pow: 1.3,
  mod: 0.5,
  add: 0.5,
  sub: 0.5,
  mul: 0.5,
  div: 0.5,
}

const missedBy = (
  fn: BinaryFn,
  features: Features,
  pairs: readonly (readonly [x: number, y: number])[],
): readonly string[] => {
  const [x, y] = [inFours(pairs.map(([a]) => a)), inFours(pairs.map(([, b]) => b))]
  const found = applied({ binary: fn }, features, x, y)
  return [...found].flatMap((result, i) => {
    const [a = NaN, b = NaN] = [x[i], y[i]]
    const wanted = meaningOf(fn, a, b)
    const isMet = Number.isNaN(wanted) ? Number.isNaN(result) : ulps(result, wanted) <= (BOUND[fn] ?? 0)
    return isMet ? [] : [`${fn}(${a}, ${b}) is ${result}, expected ${wanted}`]
  })
}

/** Whether a floored remainder's quotient is exact. */
const isModest = ([x, y]: readonly [number, number]): boolean =>
  y === 0 || !(Math.abs(x) < Infinity) || Math.abs(x / y) < 2 ** 29

const product = <A, B>(xs: readonly A[], ys: readonly B[]): readonly (readonly [A, B])[] =>
  xs.flatMap((x) => ys.map((y) => [x, y] as const))

describe.each(inBothModes)('special numbers, %s', (_mode, features) => {
  it.each(ACCURACIES.map(({ fn }) => fn))('%s of NaN, infinities, zeros and the ends of the range', (fn) => {
    const bounded = fn === 'sin' || fn === 'cos' ? SPECIAL.filter((x) => !(Math.abs(x) > 1e4)) : SPECIAL
    const x = inFours(fn === 'sin' || fn === 'cos' ? [...bounded, Infinity, -Infinity] : bounded)
    const wanted = [...x].map((value) =>
      fn === 'sign' && Number.isNaN(value) ? NaN : unaryMeaning(fn, value),
    )
    const found = applied({ unary: fn }, features, x)
    const missed = [...x].flatMap((value, i) => {
      const [result = NaN, target = NaN] = [found[i], wanted[i]]
      const isSame = Number.isNaN(target) ? Number.isNaN(result) : ulps(result, target) <= 2.5
      const isExactEnd = Math.abs(value) !== Infinity || result === target || Number.isNaN(target)
      return isSame && isExactEnd ? [] : [`${fn}(${value}) is ${result}, expected ${target}`]
    })
    expect(missed).toEqual([])
  })

  it.each([...ON_ANYTHING, 'and', 'or'] as const)('%s of all pairs of them', (fn) => {
    const values = fn === 'and' || fn === 'or' ? [0, 1, 0, -0] : SPECIAL
    const pairs = product(values, values).filter((pair) => fn !== 'mod' || isModest(pair))
    expect(missedBy(fn, features, pairs)).toEqual([])
  })

  it('a remainder whose quotient is not exact lies between 0 and the divisor', () => {
    const pairs = product(
      everyExponent.filter(Number.isFinite).slice(0, 4000),
      [0.1, -3, 7e-20].map(Math.fround),
    )
    const [x, y] = [inFours(pairs.map(([a]) => a)), inFours(pairs.map(([, b]) => b))]
    const found = applied({ binary: 'mod' }, features, x, y)
    const outside = [...found].filter((r, i) => {
      const divisor = y[i] ?? NaN
      return !(divisor > 0 ? r >= 0 && r <= divisor : r <= 0 && r >= divisor)
    })
    expect(outside).toEqual([])
  })

  it.each([-1, 1, 2, 3])('pow with the exponent %d, which is written shorter', (exponent) => {
    const values = [...SPECIAL, ...between(-20, 20, 500)]
    const found = evaluated((w, x) => binary(w, 'pow', x, splat(exponent)), features, inFours(values))
    const missed = values.filter((x, i) => {
      const [result = NaN, wanted] = [found[i], x ** exponent]
      return Number.isNaN(wanted) ? !Number.isNaN(result) : ulps(result, wanted) > 1.3
    })
    expect(missed).toEqual([])
  })

  it.each(['max', 'min'] as const)('%s with a constant keeps a NaN', (fn) => {
    const x = inFours(SPECIAL)
    for (const constant of [0.25, -1, NaN]) {
      const wanted = [...x].map((value) => binaryMeaning(fn, value, constant))
      const after = evaluated((w, text) => binary(w, fn, text, splat(constant)), features, x)
      const before = evaluated((w, text) => binary(w, fn, splat(constant), text), features, x)
      expect([...after]).toEqual(wanted)
      expect([...before]).toEqual(wanted)
    }
  })
})

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true })
const word = fc.oneof(fc.integer({ min: 0, max: 2 ** 24 - 1 }), fc.constantFrom(0, 1, 2 ** 23, 2 ** 24 - 1))
const shift = fc.integer({ min: 0, max: 23 })

describe.each(inBothModes)('functions of two numbers, %s', (_mode, features) => {
  it('arithmetic and comparisons are those of float32', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(float32, float32), { minLength: 200, maxLength: 200 }), (pairs) => {
        for (const fn of ON_ANYTHING)
          expect(missedBy(fn, features, fn === 'mod' ? pairs.filter(isModest) : pairs)).toEqual([])
      }),
      { numRuns: 5 },
    )
  })

  it.each([
    ['pow', between(0, 30), between(-20, 21)],
    ['pow', between(0.5, 2), between(-120, 121)],
    ['pow', between(-30, 30).map(Math.round), between(-20, 20).map(Math.round).toReversed()],
    ['mod', between(-1e4, 1e4), between(-3, 5).toReversed()],
    ['mod', between(-1e6, 1e6), between(0.001, 0.002)],
  ] as const)('%s over a range', (fn, x, y) => {
    expect(
      missedBy(
        fn,
        features,
        x.map((a, i) => [a, y[i] ?? 0] as const),
      ).slice(0, 10),
    ).toEqual([])
  })

  it.each(ON_WORDS)('%s is exact on words of 24 bits', (fn) => {
    const second = fn === 'ishl' || fn === 'ishr' ? shift : word
    fc.assert(
      fc.property(fc.array(fc.tuple(word, second), { minLength: 200, maxLength: 200 }), (pairs) => {
        expect(missedBy(fn, features, pairs)).toEqual([])
      }),
      { numRuns: 5 },
    )
  })
})

describe.each(inBothModes)('lanes, %s', (_mode, features) => {
  it.each(ACCURACIES.map(({ fn, samples }) => [fn, samples] as const))(
    '%s has the same bits in each',
    (fn, samples) => {
      const x = inFours(samples.slice(0, 4000))
      const inLane = applied({ unary: fn }, features, x)
      const spread = applied(
        { unary: fn },
        features,
        Float32Array.from({ length: 4 * x.length }, (_, i) => x[i >> 2] ?? 0),
      )
      expect(spread.every((y, i) => Object.is(y, inLane[i >> 2]))).toBe(true)
    },
  )
})
