/** Attention within parts of a grid, shifted or not, with relative positions and as LSA; other layers on parts. */
import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { attempt, renderError } from '../../src/error/error.js'
import { valueAndGrad } from '../../src/grad/vjp.js'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { toGraph } from '../../src/ir/graph.js'
import { tensorPaths } from '../../src/ir/tensor-tree.js'
import type { AttentionOptions } from '../../src/nn/attention.js'
import { attention } from '../../src/nn/attention.js'
import type { Tokens } from '../../src/nn/class-token.js'
import { countParameters } from '../../src/nn/count.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import type { Layer } from '../../src/nn/model.js'
import { joinParts, partition, shiftedBias, withinParts } from '../../src/nn/partition.js'
import { build } from '../../src/op/index.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import type { AttentionCase, Values } from '../support/attention-oracle.js'
import { attentionOracle, placesOf } from '../support/attention-oracle.js'
import { relativeError } from '../support/golden-hyena.js'
import { applied, asTensor, evaluation, numbers, someParams } from '../support/nn-values.js'

const tokens = (grid: readonly number[], channels: number): Tokens =>
  inputTensor('x', ['batch', ...grid, channels], 'f32') as Tensor as Tokens

const valuesOf = (params: unknown): Values => {
  const leaves = tensorPaths(params)
  const values = evaluate(leaves.map(({ leaf }) => leaf))
  return Object.fromEntries(leaves.flatMap(({ path }, i) => (values[i] ? [[path, values[i]]] : [])))
}

interface Given extends AttentionCase {
  readonly options: AttentionOptions<boolean>
}

/** Grids of one to three axes, parts and shifts that fit them. */
const cases: fc.Arbitrary<Given> = fc
  .record({
    side: fc.integer({ min: 1, max: 3 }),
    counts: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
    third: fc.boolean(),
    shift: fc.nat(),
    heads: fc.integer({ min: 1, max: 2 }),
    toItself: fc.boolean(),
    bias: fc.boolean(),
    learned: fc.boolean(),
    relative: fc.boolean(),
  })
  .filter(({ side, toItself }) => toItself || side > 1)
  .map(({ side, counts, third, shift, heads, toItself, bias, learned, relative }) => ({
    grid: [...counts, ...(third && counts.length === 2 ? [1] : [])].map((count) => count * side),
    channels: 2 * heads,
    heads,
    side,
    shift: shift % side,
    toItself,
    options: {
      bias,
      toItself,
      temperature: learned ? 'learned' : 'fixed',
      relativePositions: relative,
      parts: { side, shift: shift % side },
    },
  }))

describe('attention within parts', () => {
  it('is that of plain loops, for any grid, shift and heads', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { grid, channels, heads, options } = given
        const made = attention(heads, options)(tokens(grid, channels))
        const params = someParams(made)
        const x = numbers([2, ...grid, channels], 3)
        const expected = attentionOracle(given, valuesOf(params), x)
        expect(relativeError(applied(made, params, x).data, expected.data)).toBeLessThan(1e-11)
      }),
      { numRuns: 60 },
    )
  })

  it('is attention over the whole grid where that is one part', () => {
    for (const options of [
      {},
      { relativePositions: true },
      { temperature: 'learned', toItself: false },
    ] as const) {
      const [whole, parts] = [options, { ...options, parts: { side: 3 } }].map((each) =>
        attention(2, each)(tokens([3, 3], 4)),
      )
      if (whole === undefined || parts === undefined) throw new RangeError('two layers')
      const x = numbers([2, 3, 3, 4], 1)
      expect(
        relativeError(applied(parts, someParams(parts), x).data, applied(whole, someParams(whole), x).data),
      ).toBeLessThan(1e-13)
    }
  })

  it('has the derivatives of its scores’ parameters', () => {
    const made = attention(2, {
      temperature: 'learned',
      toItself: false,
      relativePositions: true,
      parts: { side: 2, shift: 1 },
    })(tokens([4, 2], 4))
    const given: AttentionCase = { grid: [4, 2], channels: 4, heads: 2, side: 2, shift: 1, toItself: false }
    const params = someParams(made)
    const x = numbers([2, 4, 2, 4], 3)
    const cotangent = numbers(x.shape, 8)
    const { gradient } = valueAndGrad((at: typeof params) => {
      const { y } = made.apply(
        { params: at, state: made.init(keyFromSeed(0)).state },
        asTensor(x) as Tensor as Tokens,
        evaluation,
      )
      return build.sum(build.mul(y, asTensor(cotangent)), [0, 1, 2, 3]) as Tensor<readonly [], 'f32'>
    })(params)
    const [values, slopes] = [valuesOf(params), valuesOf(gradient)]
    const loss = (at: Values): number =>
      attentionOracle(given, at, x).data.reduce((sum, value, i) => sum + value * (cotangent.data[i] ?? 0), 0)
    for (const name of ['scores.temperature', 'scores.relative']) {
      const table = values[name]
      if (table === undefined) throw new RangeError(name)
      const step = 1e-5
      const expected = [...table.data].map((_, i) => {
        const moved = (by: number): Values => ({
          ...values,
          [name]: { ...table, data: table.data.map((value, j) => (i === j ? value + by : value)) },
        })
        return (loss(moved(step)) - loss(moved(-step))) / (2 * step)
      })
      expect(relativeError(slopes[name]?.data ?? [], expected)).toBeLessThan(1e-8)
    }
  })

  const names = (options: AttentionOptions<boolean>): readonly string[] => {
    const made = attention(2, options)(tokens([4, 4], 4))
    const { y } = made.apply(
      { params: someParams(made), state: made.init(keyFromSeed(0)).state },
      made.input,
      evaluation,
    )
    return toGraph([{ name: 'y', tensor: y }]).nodes.map(({ op }) => op)
  }

  it('stays one operation, with or without bias and mask', () => {
    for (const options of [{}, { relativePositions: true, toItself: false, parts: { side: 2, shift: 1 } }])
      expect(names(options).filter((op) => op === 'attention' || op === 'softmax')).toEqual(['attention'])
  })

  it('has a factor a head, and a number an offset and head, beside what attention has', () => {
    const counts = (options: AttentionOptions<boolean>): number =>
      countParameters(attention(3, options)(tokens([4, 8], 6)))
    const plain = counts({})
    expect(plain).toBe(6 * 18 + 18 + 6 * 6 + 6)
    expect(counts({ temperature: 'learned' })).toBe(plain + 3)
    expect(counts({ relativePositions: true })).toBe(plain + 3 * 7 * 15)
    expect(counts({ relativePositions: true, parts: { side: 4 } })).toBe(plain + 3 * 7 * 7)
  })

  const refusal = (options: AttentionOptions<boolean>, grid: readonly number[] = [4, 6]): string => {
    const made = attempt(() => attention(2, options)(tokens(grid, 4)))
    return E.isLeft(made) ? renderError(made.left) : 'no error'
  }

  it.each<readonly [AttentionOptions<boolean>, string]>([
    [
      { parts: { side: 4 } },
      'attention: side: expected a side of parts that divides every axis of the grid [4, 6]',
    ],
    [{ parts: { side: 0 } }, 'attention: side:'],
    [{ parts: { side: 1.5 } }, 'attention: side:'],
    [
      { parts: { side: 2, shift: 2 } },
      'attention: shift: expected a whole number from 0 to below the side 2, found 2',
    ],
    [{ parts: { side: 2, shift: -1 } }, 'attention: shift:'],
    [{ parts: { side: 1 }, toItself: false }, 'attention: toItself: expected two or more places'],
    [{ headWidth: 1.5 }, 'attention: expected a number of heads'],
    [{ headWidth: 0 }, 'attention: expected a number of heads'],
  ])('refuses %j', (options, message) => {
    expect(refusal(options)).toContain(message)
  })
})

describe('places of a shifted part', () => {
  it('that are no neighbours are kept apart by 100, and others not at all', () => {
    const [bias] = evaluate([shiftedBias({ side: 2, shift: 1 }, [4])])
    expect(bias?.shape).toEqual([2, 1, 2, 2])
    expect([...(bias?.data ?? [])]).toEqual([0, 0, 0, 0, 0, -100, -100, 0])
  })
})

describe('parts of a grid', () => {
  it('are joined to what was cut, shifted or not', () => {
    fc.assert(
      fc.property(cases, ({ grid, side, shift }) => {
        const x = numbers([2, ...grid, 3], 2)
        const parts = partition(asTensor(x), { side, shift })
        const [cut, back] = evaluate([parts, joinParts(parts, { side, shift }, grid)])
        expect([...(back?.data ?? [])]).toEqual([...x.data])
        const number = grid.reduce((product, size) => product * (size / side), 1)
        expect(cut?.shape).toEqual([2, number, ...grid.map(() => side), 3])
      }),
    )
  })

  const mixer: Layer<unknown, unknown, Tokens, Tokens> = hyena({
    filter: implicitFilter({ ...paperFilter, width: 4 }),
    direction: 'backward',
  })

  it('pass through a layer one by one', () => {
    const [grid, side, channels] = [[4, 6], 2, 3]
    const whole = withinParts({ side }, mixer)(tokens(grid, channels))
    const one = mixer(tokens([side, side], channels))
    const params = someParams(one)
    const x = numbers([2, ...grid, channels], 5)
    const y = applied(whole, params, x)
    for (const corner of placesOf([2, 3])) {
      const at = (c: number, example: number, place: readonly number[]): number => {
        const [i = 0, j = 0] = place.map((p, axis) => (corner[axis] ?? 0) * side + p)
        return ((example * 4 + i) * 6 + j) * channels + c
      }
      const indices = [0, 1].flatMap((example) =>
        placesOf([side, side]).flatMap((place) => [0, 1, 2].map((c) => at(c, example, place))),
      )
      const part = {
        shape: [2, side, side, channels],
        data: Float64Array.from(indices, (i) => x.data[i] ?? 0),
      }
      expect(
        relativeError(
          applied(one, params, part).data,
          indices.map((i) => y.data[i] ?? 0),
        ),
      ).toBeLessThan(1e-12)
    }
    expect(countParameters(whole)).toBe(countParameters(one))
    expect(whole.init(keyFromSeed(1)).state).toEqual(one.init(keyFromSeed(1)).state)
  })

  it('cannot be shifted for a layer that is not attention', () => {
    const made = attempt(() => withinParts({ side: 2, shift: 1 }, mixer)(tokens([4, 4], 3)))
    expect(E.isLeft(made) && renderError(made.left)).toContain(
      'withinParts: shift: expected parts that are not shifted, found a shift of 1',
    )
    expect(attempt(() => withinParts({ side: 3 }, mixer)(tokens([4, 4], 3)))).toMatchObject({
      left: { where: 'withinParts: side' },
    })
  })
})
