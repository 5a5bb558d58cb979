import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/error/error.js'
import { tensorPaths } from '../../src/ir/tensor-tree.js'
import { layer, repeat } from '../../src/nn/compose.js'
import type { FilterOptions } from '../../src/nn/filter-options.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import { learnedPositions } from '../../src/nn/learned-positions.js'
import { linear } from '../../src/nn/linear.js'
import { model } from '../../src/nn/model.js'
import type { Model } from '../../src/nn/model.js'
import { isParameter } from '../../src/nn/parameter.js'
import type { ParameterTree } from '../../src/nn/parameter.js'
import { patchify } from '../../src/nn/patchify.js'
import { positionalEncoding } from '../../src/nn/positional-encoding.js'
import { productFilter } from '../../src/nn/product-filter.js'
import { meanPool } from '../../src/nn/readout.js'
import { toGrid } from '../../src/nn/to-grid.js'
import type { ToGridOptions } from '../../src/nn/to-grid.js'
import type { NdArray } from '../../src/op/def.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { flatten } from '../../src/tree/tree.js'
import { coordinatesOf, elementAt, tabulate } from '../support/nd-arrays.js'
import { applied, evaluation, numbers, paramsFrom, someParams } from '../support/nn-values.js'

type KernelModel = Model<unknown, unknown, object, unknown>
type Values = Readonly<Record<string, NdArray>>

/** Parameters as numbers by their paths. */
const numbersOf = (params: unknown): Values => {
  const leaves = tensorPaths(params)
  const values = evaluate(leaves.map(({ leaf }) => leaf))
  return Object.fromEntries(leaves.flatMap(({ path }, i) => (values[i] ? [[path, values[i]]] : [])))
}

const converted = <P, St, I, O, Q, R, X, Y>(
  from: Model<P, St, I, O>,
  to: Model<Q, R, X, Y>,
  given: P,
  options?: ToGridOptions,
): Values => numbersOf(toGrid(from, to, given, options))

const shapesOf = (parameters: ParameterTree): unknown =>
  Object.fromEntries(flatten(isParameter, parameters).map(({ path, leaf }) => [path, leaf.shape]))

const small: FilterOptions<unknown> = { ...paperFilter, width: 4, depth: 2, features: 5 }
const filterModel = (
  grid: readonly number[],
  product = false,
  options: Partial<FilterOptions<unknown>> = {},
): KernelModel => {
  const chosen = { ...small, ...options }
  return product ? productFilter(chosen)(grid, 3) : implicitFilter(chosen)(grid, 3)
}

const kernelOf = (filter: KernelModel, params: unknown): NdArray => {
  const { y } = filter.apply({ params, state: filter.init(keyFromSeed(0)).state }, {}, evaluation)
  const found = numbersOf({ y })['y']
  if (found === undefined) throw new RangeError('no kernel')
  return found
}

const classifier = (rows: number, columns: number, product = false) =>
  pipe(
    model(['batch', rows, columns, 2]),
    layer('patches', patchify(2)),
    layer('embed', linear(4)),
    layer('positions', learnedPositions()),
    layer('blocks', repeat(2, hyena({ filter: product ? productFilter(small) : implicitFilter(small) }))),
    layer('pool', meanPool),
    layer('head', linear(3)),
  )

/** Twice as fine: every old point of t is a point of it. */
const finer = (grid: readonly number[]): readonly number[] => grid.map((length) => 2 * length - 1)

const sizes = fc.integer({ min: 2, max: 5 })
const grids = fc.array(sizes, { minLength: 1, maxLength: 3 })

describe('a filter on a finer grid', () => {
  const agrees = (
    grid: readonly number[],
    product: boolean,
    options: Partial<FilterOptions<unknown>>,
  ): void => {
    const from = filterModel(grid, product, options)
    const to = filterModel(finer(grid), product, { ...options, referenceGrid: grid })
    const given = someParams(from)
    const coarse = kernelOf(from, given)
    const fine = kernelOf(to, toGrid(from, to, given))
    for (const at of coordinatesOf(coarse.shape)) {
      const there = at.map((i, axis) => (axis === grid.length ? i : 2 * i))
      expect(elementAt(fine, there)).toBeCloseTo(elementAt(coarse, at), 10)
    }
  }

  it('has the same values at common points', () => {
    fc.assert(
      fc.property(
        grids,
        fc.boolean(),
        fc.constantFrom<FilterOptions<unknown>['positions']>('fixed', 'learned by axis'),
        (grid, product, positions) => {
          agrees(grid, product, { positions })
        },
      ),
      { numRuns: 30 },
    )
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 3 }), fc.boolean(), (length, rank, product) => {
        agrees(new Array<number>(rank).fill(length), product, { positions: 'learned' })
      }),
      { numRuns: 15 },
    )
  })

  it('lies near the line between its neighbours, four times nearer on a grid twice as fine', () => {
    const options = { features: 3, positions: 'fixed' } as const
    const bend = (length: number): number => {
      const filter = filterModel([length], false, options)
      const trained = filterModel([5], false, options)
      const kernel = kernelOf(filter, toGrid(trained, filter, someParams(trained)))
      const bends = Array.from({ length: length - 2 }, (_, i) =>
        Math.abs(
          elementAt(kernel, [i + 1, 0]) - (elementAt(kernel, [i, 0]) + elementAt(kernel, [i + 2, 0])) / 2,
        ),
      )
      return Math.max(...bends)
    }
    const ratios = [17, 33, 65].map((length) => bend(length) / bend(2 * length - 1))
    ratios.forEach((ratio) => expect(ratio).toBeGreaterThan(3))
  })

  it('of fixed positions is another function without the grid it was trained on', () => {
    const [from, to] = [
      filterModel([4], false, { positions: 'fixed' }),
      filterModel([7], false, { positions: 'fixed' }),
    ]
    const given = someParams(from)
    const difference =
      elementAt(kernelOf(to, toGrid(from, to, given)), [2, 0]) - elementAt(kernelOf(from, given), [1, 0])
    expect(Math.abs(difference)).toBeGreaterThan(1e-3)
  })
})

describe('positions and reference lengths', () => {
  it('of one reference are one function of t', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 3 }), (length, bands) => {
        const features = 2 * bands + 1
        const [coarse, fine] = [
          positionalEncoding(length, features),
          positionalEncoding(2 * length - 1, features, length),
        ]
        for (const [n = 0, k = 0] of coordinatesOf(coarse.shape))
          expect(elementAt(fine, [2 * n, k])).toBeCloseTo(elementAt(coarse, [n, k]), 12)
      }),
    )
  })
})

describe('a whole model on another grid', () => {
  it('has the parameters of the model made for it, and runs', () => {
    for (const product of [false, true]) {
      const [from, to] = [classifier(8, 8, product), classifier(12, 16, product)]
      const moved = toGrid(from, to, someParams(from))
      expect(
        Object.fromEntries(Object.entries(numbersOf(moved)).map(([path, { shape }]) => [path, shape])),
      ).toEqual(shapesOf(to.parameters))
      expect(applied(to, moved, numbers([2, 12, 16, 2], 1)).data.every(Number.isFinite)).toBe(true)
    }
  })

  it('keeps everything on the same grid', () => {
    const from = classifier(8, 4)
    const given = someParams(from)
    expect(converted(from, classifier(8, 4), given)).toEqual(numbersOf(given))
  })

  it('keeps what depends on no place', () => {
    const [from, to] = [classifier(8, 8), classifier(12, 16)]
    const given = someParams(from)
    const [before, after] = [numbersOf(given), converted(from, to, given)]
    const places = /positions/
    const names = Object.keys(after).filter((path) => !places.test(path))
    expect(names.length).toBeGreaterThan(20)
    for (const path of names) expect(after[path]).toEqual(before[path])
  })

  it('comes back from a finer grid of ends', () => {
    fc.assert(
      fc.property(grids, fc.boolean(), (grid, product) => {
        const options = { positions: 'learned by axis' } as const
        const [from, to] = [filterModel(grid, product, options), filterModel(finer(grid), product, options)]
        const given = someParams(from)
        const back = converted(to, from, toGrid(from, to, given))
        for (const [path, { data }] of Object.entries(numbersOf(given)))
          data.forEach((value, i) => expect(back[path]?.data[i]).toBeCloseTo(value, 10))
      }),
      { numRuns: 20 },
    )
  })
})

describe('position vectors', () => {
  const positions = (rows: number, columns: number) =>
    learnedPositions()(model(['batch', rows, columns, 2]).output)

  it('follow a linear ramp over the cells of an image, away from its edges', () => {
    const [from, to] = [positions(4, 6), positions(8, 12)]
    const centre = (i: number, count: number): number => (i + 0.5) / count
    const plane = (shape: readonly number[]): NdArray =>
      tabulate(
        shape,
        ([i = 0, j = 0, c = 0]) => 2 * centre(i, shape[0] ?? 1) - 3 * centre(j, shape[1] ?? 1) + c,
      )
    const given = paramsFrom(from, (_, shape) => plane(shape))
    const moved = converted(from, to, given)['positions']
    const expected = plane([8, 12, 2])
    for (const at of coordinatesOf(expected.shape)) {
      const [i = 0, j = 0] = at
      if (i === 0 || j === 0 || i === 7 || j === 11) continue
      expect(elementAt(moved ?? expected, at)).toBeCloseTo(elementAt(expected, at), 10)
    }
    const cubic = converted(from, to, given, { method: 'cubic' })['positions']
    expect(elementAt(cubic ?? expected, [3, 5, 0])).toBeCloseTo(elementAt(expected, [3, 5, 0]), 10)
  })

  it('of a sequence keep those before the places, and take the rest to the new grid', () => {
    const sequence = (rows: number, columns: number) =>
      learnedPositions(undefined, { before: 1, grid: [rows, columns] })(
        model(['batch', 1 + rows * columns, 2]).output,
      )
    const [from, to] = [sequence(4, 6), sequence(8, 5)]
    const places = numbers([4, 6, 2], 3)
    const onGrid = converted(
      positions(4, 6),
      positions(8, 5),
      paramsFrom(positions(4, 6), () => places),
    )['positions']
    const given = paramsFrom(from, (_, shape) => ({ shape, data: Float64Array.of(7, 9, ...places.data) }))
    expect([...(converted(from, to, given)['positions']?.data ?? [])]).toEqual([
      7,
      9,
      ...(onGrid?.data ?? []),
    ])
  })

  it('refuse a sequence of another grid', () => {
    const x = model(['batch', 24, 2]).output
    expect(attempt(() => learnedPositions(undefined, { before: 1, grid: [4, 6] })(x))).toMatchObject({
      left: { where: 'learnedPositions', found: 'a grid of [24]' },
    })
  })
})

describe('axes', () => {
  it('take the table of the same axis, not of the same length', () => {
    const [from, to] = [filterModel([6, 4]), filterModel([4, 6])]
    const given = someParams(from)
    const [before, after] = [numbersOf(given), converted(from, to, given)]
    expect(after['network.positions4']).not.toEqual(before['network.positions4'])
    expect(elementAt(after['network.positions4'] ?? numbers([1], 1), [3, 1])).toBeCloseTo(
      elementAt(before['network.positions6'] ?? numbers([1], 2), [5, 1]),
      12,
    )
  })

  it('of lengths that become equal need tables of their own', () => {
    const given = someParams(filterModel([6, 4]))
    expect(attempt(() => toGrid(filterModel([6, 4]), filterModel([8, 8]), given))).toMatchObject({
      left: {
        _tag: 'OptionError',
        where: 'toGrid: network.positions8',
        found: 'network.positions6 and network.positions4',
      },
    })
    const own = { positions: 'learned by axis' } as const
    const [from, to] = [filterModel([6, 4], false, own), filterModel([8, 8], false, own)]
    expect(Object.keys(converted(from, to, someParams(from)))).toContain('network.positions_axis1')
  })
})

describe('what cannot be converted', () => {
  it('names the parameter: another width, another layer', () => {
    const from = classifier(8, 8)
    const given = someParams(from)
    const wider = pipe(model(['batch', 8, 8, 2]), layer('patches', patchify(2)), layer('embed', linear(5)))
    const other = pipe(model(['batch', 8, 8, 2]), layer('stem', linear(4)))
    expect(attempt(() => toGrid(from, wider, given))).toMatchObject({
      left: { where: 'toGrid: embed.weight', expected: '[8, 5]', found: '[8, 4]' },
    })
    expect(attempt(() => toGrid(from, other, given))).toMatchObject({
      left: { where: 'toGrid: stem.weight' },
    })
  })
})
