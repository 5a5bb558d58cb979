/** Theorem 5.2, Theorem A.1 and Lemma A.3, by four networks that compute what the printed one was meant to. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { IdentityOptions } from '../../models/theorems/index.js'
import {
  constructionB,
  constructionC,
  constructions,
  thresholdFilter,
  widthOf,
} from '../../models/theorems/index.js'
import { exactRankBound } from '../../src/inspect/kernel-rank.js'
import { inputTensor } from '../../src/ir/tensor.js'
import { attempt } from '../../src/error/error.js'
import { hyena } from '../../src/nn/hyena.js'
import { countParameters } from '../../src/nn/count.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { constantValues } from '../../src/op/leaf/constant.js'
import { compile } from '../../src/run/compile.js'
import { openDevice } from '../../src/run/open-device.js'
import { expectLeft, expectRight } from '../support/gpu-environment.js'
import { kernelOf, placeOf, single, sumOfProducts } from './filter-kernel.js'

const letters = ['A', 'B', 'C', 'D'] as const

/** N, r and r'; N = 1 is the vector of ones, cut off. */
const options: fc.Arbitrary<IdentityOptions> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 6 }), fc.nat())
  .map(([axes, wanted, any]) => {
    const length = axes === 4 ? Math.min(wanted, 4) : wanted
    return { axes, length, rank: any % (length + 1) }
  })

const gridOf = ({ axes, length }: IdentityOptions): readonly number[] => new Array<number>(axes).fill(length)

const truncatedIdentity = ({ axes, length, rank }: IdentityOptions): readonly number[] =>
  Array.from({ length: length ** axes }, (_, i) => {
    const [first = 0, ...others] = placeOf(i, gridOf({ axes, length, rank }))
    return Number(first < rank && others.every((at) => at === first))
  })

describe.each(letters)('construction %s', (letter) => {
  const construct = constructions[letter]

  it('is the identity tensor cut off after r places, exactly', () => {
    fc.assert(
      fc.property(options, (given) => {
        const kernel = single(kernelOf(thresholdFilter(construct(given)), gridOf(given)))
        expect([...kernel.data]).toEqual(truncatedIdentity(given))
      }),
    )
  })

  it('has rank r exactly: an unfolding from below, an explicit sum of r products from above', () => {
    fc.assert(
      fc.property(
        options.filter(({ axes }) => axes > 1),
        (given) => {
          const grid = gridOf(given)
          const kernel = single(kernelOf(thresholdFilter(construct(given)), grid))
          expect(expectRight(exactRankBound(kernel))).toBe(given.rank)
          const basis = (k: number) => Array.from({ length: given.length }, (_, i) => Number(i === k))
          const terms = Array.from({ length: given.rank }, (_, k) => grid.map(() => basis(k)))
          expect(kernel).toEqual(sumOfProducts(grid, terms))
        },
      ),
    )
  })

  it('has the width that it claims', () => {
    fc.assert(
      fc.property(options, (given) => {
        const { axes, length } = given
        const widths = construct(given).hidden.map(({ bias }) => bias.length)
        const claimed = { A: [2 * axes * length, length], B: [2 * axes * length, length] }
        expect(widths).toEqual({ ...claimed, C: [2], D: [axes * (length - 1), length] }[letter])
      }),
    )
  })

  it('refuses what it cannot be', () => {
    const refused = (given: Partial<IdentityOptions>): string =>
      expectLeft(attempt(() => construct({ axes: 2, length: 3, rank: 2, ...given }))).where
    expect(refused({ axes: 0 })).toBe(`construction${letter}: axes`)
    expect(refused({ length: 1.5 })).toBe(`construction${letter}: length`)
    expect(refused({ rank: 4 })).toBe(`construction${letter}: rank`)
    expect(refused({ rank: -1 })).toBe(`construction${letter}: rank`)
  })

  it('is the same in float32, on a device', async () => {
    const given = { axes: 3, length: 4, rank: 3 }
    const model = thresholdFilter(construct(given))(gridOf(given), 1)
    const { params, state } = model.init(keyFromSeed(0))
    const device = expectRight(await openDevice('simd')())
    const compiled = expectRight(
      await compile(device)(() => model.apply({ params, state }, {}, { mode: 'evaluate' }).y)()(),
    )
    const y = expectRight(await compiled.run()())
    await device.destroy()
    expect([...(constantValues(y) ?? [])]).toEqual(truncatedIdentity(given))
  })
})

describe('two units', () => {
  it('reach full rank on every square, without the width of Theorem 5.2', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), (length) => {
        const network = constructionC({ axes: 2, length, rank: length })
        const kernel = single(kernelOf(thresholdFilter(network), [length, length]))
        expect([widthOf(network), network.hidden.length]).toEqual([2, 1])
        expect(expectRight(exactRankBound(kernel))).toBe(length)
      }),
      { numRuns: 19 },
    )
  })

  it('are refused where float32 does not hold their weights', () => {
    const error = expectLeft(attempt(() => constructionC({ axes: 6, length: 20, rank: 1 })))
    expect(error).toMatchObject({ _tag: 'OptionError', where: 'constructionC: axes' })
  })
})

describe('a threshold filter', () => {
  it('is a filter like any other: a Hyena layer takes it', () => {
    const filter = thresholdFilter(constructionB({ axes: 2, length: 3, rank: 2 }))
    const layer = hyena({ filter, order: 2 })(inputTensor('x', ['batch', 3, 3, 1] as const, 'f32'))
    expect(layer.output.shape).toEqual(['batch', 3, 3, 1])
    // 12 + 3 + 1 units: weights and biases.
    expect(countParameters(filter([3, 3], 1))).toBe(2 * 12 + 12 + 12 * 3 + 3 + 3 + 1)
  })

  it('refuses another number of axes or of channels', () => {
    const filter = thresholdFilter(constructionB({ axes: 2, length: 3, rank: 2 }))
    for (const [grid, channels] of [
      [[3], 1],
      [[3, 3, 3], 1],
      [[3, 3], 2],
    ] as const)
      expect(expectLeft(attempt(() => filter(grid, channels)))).toMatchObject({ where: 'thresholdFilter' })
  })
})
