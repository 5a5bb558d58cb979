import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inputTensor } from '../../src/ir/tensor.js'
import type { Tensor } from '../../src/ir/tensor.js'
import { attention } from '../../src/nn/attention.js'
import { decayWindow, dimensionalWindow, learnedWindow } from '../../src/nn/decay-window.js'
import type { FilterOptions } from '../../src/nn/filter-options.js'
import { paperFilter } from '../../src/nn/filter-options.js'
import { hyena } from '../../src/nn/hyena.js'
import { implicitFilter } from '../../src/nn/implicit-filter.js'
import type { Model } from '../../src/nn/model.js'
import { productFilter } from '../../src/nn/product-filter.js'
import type { NdArray } from '../../src/op/def.js'
import { build } from '../../src/op/index.js'
import { keyFromSeed } from '../../src/op/random/key.js'
import { evaluate } from '../../src/run/reference.js'
import { sizeOf } from '../../src/shape/dim.js'
import type { Shape } from '../../src/shape/dim.js'
import { elementAt, tabulate } from '../support/nd-arrays.js'
import { applied, asTensor, evaluation, numbers, paramsFrom, someParams } from '../support/nn-values.js'

/** Laws of the Hyena operator and its filters, in float64 on the interpreter. */

type OnAnyGrid = Tensor<readonly [number, ...number[], number], 'f32'>
type AnyLayer = Model<unknown, unknown, OnAnyGrid, OnAnyGrid>

const small: FilterOptions<unknown> = { ...paperFilter, width: 4, depth: 2 }

const grids = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
const orders = fc.integer({ min: 2, max: 4 })

const inputOf = (grid: readonly number[], channels: number, batch = 1): OnAnyGrid =>
  inputTensor('x', [batch, ...grid, channels], 'f32')

const filterOf = (product: boolean, options: FilterOptions<unknown> = small) =>
  product ? productFilter(options) : implicitFilter(options)

const flipped = (x: NdArray, axes: readonly number[]): NdArray =>
  tabulate(x.shape, (at) =>
    elementAt(
      x,
      at.map((i, axis) => (axes.includes(axis) ? (x.shape[axis] ?? 1) - 1 - i : i)),
    ),
  )

const expectEqual = (found: NdArray, expected: NdArray): void => {
  expect(found.shape).toEqual(expected.shape)
  found.data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i] ?? Number.NaN, 9))
}

const differ = (a: NdArray, b: NdArray): boolean =>
  a.data.some((value, i) => Math.abs(value - (b.data[i] ?? Number.NaN)) > 1e-6)

/** The same numbers for every model of equal parameters. */
const valuesOf = (path: string, shape: readonly number[]): NdArray =>
  numbers(shape, [...path].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 97)

const kernelOf = <P>(filter: Model<P, unknown, unknown, Tensor<Shape, 'f32'>>, params: P): NdArray => {
  const [value] = evaluate([
    filter.apply({ params, state: filter.init(keyFromSeed(0)).state }, {}, evaluation).y,
  ])
  if (value === undefined) throw new RangeError('no kernel')
  return value
}

describe('flips', () => {
  const cases = fc.record({ grid: grids, order: orders, product: fc.boolean() })

  it('around a causal layer make the anti-causal one', () => {
    fc.assert(
      fc.property(cases, ({ grid, order, product }) => {
        const options = { filter: filterOf(product), order, shortTaps: 1 } as const
        const x = numbers([2, ...grid, 2], 1)
        const every = grid.map((_, axis) => axis + 1)
        const causal: AnyLayer = hyena(options)(inputOf(grid, 2, 2))
        const backward: AnyLayer = hyena({ ...options, direction: 'backward', reversal: 'every' })(
          inputOf(grid, 2, 2),
        )
        const params = someParams(causal)
        expectEqual(applied(backward, params, x), flipped(applied(causal, params, flipped(x, every)), every))
      }),
      { numRuns: 25 },
    )
  })

  it('of the input flip the output of all directions, where these weigh the same', () => {
    fc.assert(
      fc.property(
        cases,
        fc.constantFrom<'linear' | 'channels'>('linear', 'channels'),
        fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
        ({ grid, order, product }, aggregation, chosen) => {
          const layer = hyena({
            filter: filterOf(product),
            order,
            shortTaps: 1,
            direction: 'all',
            aggregation,
          })(inputOf(grid, 2))
          const params = paramsFrom(layer, (path, shape) =>
            path === 'mix.weight'
              ? tabulate(shape, ([, channel = 0]) => 0.3 + channel)
              : valuesOf(path, shape),
          )
          const x = numbers([1, ...grid, 2], 2)
          const axes = grid.flatMap((_, axis) => (chosen[axis] === true ? [axis + 1] : []))
          expectEqual(applied(layer, params, flipped(x, axes)), flipped(applied(layer, params, x), axes))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('do not, where they weigh differently', () => {
    const layer = hyena({ filter: filterOf(false), shortTaps: 1, direction: 'all' })(inputOf([3, 4], 2))
    const params = someParams(layer)
    const x = numbers([1, 3, 4, 2], 2)
    expect(differ(applied(layer, params, flipped(x, [1])), flipped(applied(layer, params, x), [1]))).toBe(
      true,
    )
  })
})

/** Hyena on one axis, from the formulas of the released code: lists of places, each of its channels. */
const hyena1d = (
  params: Readonly<Record<string, NdArray>>,
  x: NdArray,
  kernel: NdArray,
  order: number,
): NdArray => {
  const [, length = 0, channels = 0] = x.shape
  const value = (name: string, ...at: readonly number[]): number => elementAt(params[name] ?? x, at)
  const projected = tabulate([length, (order + 1) * channels], ([n = 0, o = 0]) =>
    Array.from(
      { length: channels },
      (_, c) => elementAt(x, [0, n, c]) * value('project.weight', c, o),
    ).reduce((sum, term) => sum + term, value('project.bias', o)),
  )
  const streams = tabulate(projected.shape, ([n = 0, o = 0]) =>
    [0, 1, 2].reduce(
      (sum, tap) =>
        n + tap < 2 ? sum : sum + value('short.weight', tap, 0, o) * elementAt(projected, [n + tap - 2, o]),
      value('short.bias', o),
    ),
  )
  const stream = (index: number, n: number, c: number): number =>
    elementAt(streams, [n, index * channels + c])
  let v = tabulate([length, channels], ([n = 0, c = 0]) => stream(order, n, c))
  for (let step = 0; step < order - 1; step++) {
    const gated = tabulate(v.shape, ([n = 0, c = 0]) => elementAt(v, [n, c]) * stream(order - 1 - step, n, c))
    v = tabulate(v.shape, ([n = 0, c = 0]) => {
      const channel = step * channels + c
      let sum = value('skip.weight', channel) * elementAt(gated, [n, c])
      for (let i = 0; i <= n; i++) sum += elementAt(kernel, [i, channel]) * elementAt(gated, [n - i, c])
      return sum
    })
  }
  return tabulate(x.shape, ([, n = 0, o = 0]) =>
    Array.from(
      { length: channels },
      (_, c) => elementAt(v, [n, c]) * stream(0, n, c) * value('output.weight', c, o),
    ).reduce((sum, term) => sum + term, value('output.bias', o)),
  )
}

describe('on one axis', () => {
  it('Hyena N-D is Hyena 1-D, whichever filter it has', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 3 }),
        orders,
        fc.boolean(),
        (length, channels, order, product) => {
          const filter = filterOf(product)
          const layer: AnyLayer = hyena({ filter, order })(inputOf([length], channels))
          const given: Record<string, NdArray> = {}
          const params = paramsFrom(layer, (path, shape) => (given[path] = valuesOf(path, shape)))
          const inner = filter([length], (order - 1) * channels)
          const kernel = kernelOf<unknown>(
            inner,
            paramsFrom(inner, (path, shape) => valuesOf(`filter.${path}`, shape)),
          )
          const x = numbers([1, length, channels], 7)
          expectEqual(applied(layer, params, x), hyena1d(given, x, kernel, order))
        },
      ),
      { numRuns: 30 },
    )
  })
})

/** The value of a network's parameter for one axis, the same for the filter of one axis alone. */
const ofAxis = (path: string, shape: readonly number[]): NdArray => {
  const axis = /axis(\d)/.exec(path)?.[1] ?? '0'
  const bare = path.replace(/axis\d[_.]/, '')
  return numbers(shape, Number(axis) + bare.length)
}

describe('the product filter', () => {
  it('is the outer product of filters of one axis', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(dimensionalWindow, learnedWindow, { ...dimensionalWindow, shift: 0.2, power: 0.5 }),
        (grid, channels, window) => {
          const options = { ...small, positions: 'fixed', window: decayWindow(window) } as const
          const whole = productFilter(options)(grid, channels)
          const kernel = kernelOf<unknown>(whole, paramsFrom(whole, ofAxis))
          const factors = grid.map((length, axis) => {
            const own = implicitFilter(options)([length], channels)
            return kernelOf<unknown>(
              own,
              paramsFrom(own, (path, shape) =>
                ofAxis(path.endsWith('frequency') ? path : `axis${axis}_${path}`, shape),
              ),
            )
          })
          expectEqual(
            kernel,
            tabulate([...grid, channels], (at) =>
              factors.reduce(
                (product, factor, axis) => product * elementAt(factor, [at[axis] ?? 0, at.at(-1) ?? 0]),
                1,
              ),
            ),
          )
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('permuting tokens', () => {
  const permuted = (x: NdArray, order: readonly number[]): NdArray =>
    tabulate(x.shape, ([b = 0, n = 0, c = 0]) => elementAt(x, [b, order[n] ?? 0, c]))
  const orderOf = (length: number): fc.Arbitrary<readonly number[]> =>
    fc.shuffledSubarray(
      Array.from({ length }, (_, i) => i),
      { minLength: length },
    )

  it('commutes with attention', () => {
    const layer = attention(2)(inputOf([6], 4))
    const params = someParams(layer)
    fc.assert(
      fc.property(orderOf(6), (order) => {
        const x = numbers([1, 6, 4], 3)
        expectEqual(applied(layer, params, permuted(x, order)), permuted(applied(layer, params, x), order))
      }),
      { numRuns: 20 },
    )
  })

  it('does not commute with Hyena, in any direction', () => {
    const identity = [0, 1, 2, 3, 4, 5]
    for (const direction of ['forward', 'backward', 'both', 'all', 'parallel'] as const) {
      const layer: AnyLayer = hyena({ filter: filterOf(false), direction })(inputOf([6], 4))
      const params = someParams(layer)
      fc.assert(
        fc.property(
          orderOf(6).filter((order) => order.join() !== identity.join()),
          (order) => {
            const x = numbers([1, 6, 4], 3)
            expect(
              differ(applied(layer, params, permuted(x, order)), permuted(applied(layer, params, x), order)),
            ).toBe(true)
          },
        ),
        { numRuns: 5 },
      )
    }
  })
})

describe('a circular convolution', () => {
  it('shifts its output with its input', () => {
    fc.assert(
      fc.property(grids, fc.array(fc.nat(5), { minLength: 3, maxLength: 3 }), (grid, by) => {
        const channels = 2
        const filter = filterOf(false)(grid, channels)
        const kernel = kernelOf<unknown>(filter, someParams(filter))
        const shifted = (x: NdArray): NdArray =>
          tabulate(x.shape, ([b = 0, ...rest]) =>
            elementAt(x, [
              b,
              ...rest.map((i, axis) =>
                axis === grid.length ? i : (i + (by[axis] ?? 0)) % (grid[axis] ?? 1),
              ),
            ]),
          )
        const through = (x: NdArray): NdArray => {
          const axes = grid.map((_, axis) => axis + 1)
          const k = asTensor({ shape: [1, ...kernel.shape], data: kernel.data })
          const [y] = evaluate([build.fftConv({ axes, mode: 'circular', sumOver: [] }, asTensor(x), k)])
          if (y === undefined) throw new RangeError('no result')
          return y
        }
        const x = numbers([2, ...grid, channels], 8)
        expect(sizeOf(through(x).shape)).toBe(sizeOf(x.shape))
        expectEqual(through(shifted(x)), shifted(through(x)))
      }),
      { numRuns: 30 },
    )
  })
})
