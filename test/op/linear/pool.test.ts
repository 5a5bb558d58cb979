import fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import { expect, test } from 'vitest'
import { TraceFailure } from '../../../src/error/error.js'
import { grad } from '../../../src/grad/vjp.js'
import type { Tensor } from '../../../src/ir/tensor.js'
import { inputTensor } from '../../../src/ir/tensor.js'
import type { NdArray } from '../../../src/op/def.js'
import { build } from '../../../src/op/index.js'
import { fromArray } from '../../../src/op/leaf/constant.js'
import { averagePool } from '../../../src/op/linear/average-pool.js'
import { maxPool } from '../../../src/op/linear/max-pool.js'
import { evaluate } from '../../../src/run/reference.js'
import type { Shape } from '../../../src/shape/dim.js'
import type { Padding } from '../../../src/shape/slide.js'
import { coordinatesOf, elementAt, tabulate, wholeNumbers } from '../../support/nd-arrays.js'

interface Along {
  readonly size: number
  readonly window: number
  readonly stride: number
  readonly padding: readonly [number, number]
}

const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

const axis = fc.tuple(size(1, 6), size(1, 3), size(1, 4)).chain(([length, window, stride]) =>
  size(0, window - 1).chain((before) =>
    fc.record({
      size: fc.constant(length),
      window: fc.constant(window),
      stride: fc.constant(stride),
      padding: size(Math.min(Math.max(0, window - length - before), window - 1), window - 1).map(
        (after) => [before, after] as const,
      ),
    }),
  ),
)

const pools = fc
  .record({
    lead: fc.array(size(0, 2), { maxLength: 2 }),
    axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
    channels: size(1, 2),
  })
  .chain(({ lead, axes, channels }) =>
    fc.record({
      lead: fc.constant(lead.length),
      axes: fc.constant(axes),
      x: wholeNumbers([...lead, ...axes.map((along) => along.size), channels]),
    }),
  )

const optionsOf = (axes: readonly Along[]) => ({
  window: axes.map(({ window }) => window),
  stride: axes.map(({ stride }) => stride),
  padding: axes.map(({ padding }) => padding),
})

const tensor = ({ data, shape }: NdArray): Tensor<Shape, 'f32'> => fromArray<Shape>(data, shape)

const valueOf = (x: Tensor): NdArray => {
  const [value] = evaluate([x])
  if (value === undefined) throw new RangeError('no value')
  return value
}

/** What `pool` makes of the elements in x that each window covers. */
const poolNaively = (
  x: NdArray,
  lead: number,
  axes: readonly Along[],
  pool: (elements: readonly number[]) => number,
): NdArray => {
  const places = axes.map(
    (along) =>
      Math.floor((along.size + along.padding[0] + along.padding[1] - along.window) / along.stride) + 1,
  )
  return tabulate([...x.shape.slice(0, lead), ...places, ...x.shape.slice(-1)], (at) =>
    pool(
      coordinatesOf(axes.map(({ window }) => window)).flatMap((taps) => {
        const source = axes.map(
          ({ stride, padding }, i) => (at[lead + i] ?? 0) * stride + (taps[i] ?? 0) - padding[0],
        )
        return source.some((i, a) => i < 0 || i >= (axes[a]?.size ?? 0))
          ? []
          : [elementAt(x, [...at.slice(0, lead), ...source, ...at.slice(-1)])]
      }),
    ),
  )
}

const total = (elements: readonly number[]): number => elements.reduce((sum, element) => sum + element, 0)
const rounded = ({ shape, data }: NdArray) => ({
  shape,
  data: [...data].map((value) => Math.round(value * 1e9) / 1e9 + 0),
})

test('maxPool is the largest element in x of each window, averagePool their mean with or without the padding', () => {
  fc.assert(
    fc.property(pools, ({ x, lead, axes }) => {
      const options = optionsOf(axes)
      const covered = axes.reduce((product, { window }) => product * window, 1)
      expect(valueOf(pipe(tensor(x), maxPool(options)))).toEqual(
        poolNaively(x, lead, axes, (elements) => Math.max(...elements)),
      )
      expect(rounded(valueOf(pipe(tensor(x), averagePool(options))))).toEqual(
        rounded(poolNaively(x, lead, axes, (elements) => total(elements) / covered)),
      )
      expect(rounded(valueOf(pipe(tensor(x), averagePool({ ...options, countPadding: false }))))).toEqual(
        rounded(poolNaively(x, lead, axes, (elements) => total(elements) / elements.length)),
      )
    }),
  )
})

test('of equal elements the first of each window has the gradient, and overlapping windows add', () => {
  fc.assert(
    fc.property(pools, ({ x, lead, axes }) => {
      const gradient = valueOf(
        grad((t: Tensor<Shape, 'f32'>): Tensor<readonly [], 'f32'> => {
          const pooled = pipe(t, maxPool(optionsOf(axes)))
          return build.sum(
            pooled,
            pooled.shape.map((_, i) => i),
          ) as Tensor<readonly [], 'f32'>
        })(tensor(x)),
      )
      // Positions instead of elements: the first of the largest in each window.
      const flat = (at: readonly number[]): number =>
        at.reduce((place, i, a) => place * (x.shape[a] ?? 1) + i, 0)
      const positions = tabulate(x.shape, flat)
      const firsts = poolNaively(positions, lead, axes, (places) => {
        const largest = Math.max(...places.map((place) => x.data[place] ?? Number.NaN))
        return places.find((place) => x.data[place] === largest) ?? Number.NaN
      })
      const expected = tabulate(x.shape, (at) => firsts.data.filter((place) => place === flat(at)).length)
      expect(gradient).toEqual(expected)
    }),
  )
})

test('windows without a stride stand side by side; named axes pass', () => {
  const x = fromArray(Float64Array.of(1, 5, 2, 4, 9), [5, 1])
  expect([...valueOf(pipe(x, maxPool({ window: [2] }))).data]).toEqual([5, 4])
  expect([...valueOf(pipe(x, averagePool({ window: [2] }))).data]).toEqual([3, 3])
  expect([...valueOf(pipe(x, maxPool({ window: [3], stride: 1, padding: 'same' }))).data]).toEqual([
    5, 5, 5, 9, 9,
  ])
  const named = inputTensor('x', ['batch', 'time', 8, 'channels'], 'f32')
  const options = {
    window: [3, 2],
    stride: [1, 2],
    padding: [
      [2, 0],
      [0, 0],
    ],
  } as const
  expect(pipe(named, maxPool(options)).shape).toEqual(['batch', 'time', 4, 'channels'])
  expect(pipe(named, averagePool({ ...options, countPadding: false })).shape).toEqual([
    'batch',
    'time',
    4,
    'channels',
  ])
})

const open = (...shape: Shape) => inputTensor<Shape, 'f32'>('x', shape, 'f32')

test.each([
  [
    'more windows than axes',
    () => pipe(open(5, 4), maxPool({ window: [2, 2] })),
    'ShapeError in maxPool: expected x [...lead, ...spatial, channels], found x [5, 4], window [2, 2], strides [2, 2], padding [[0, 0], [0, 0]].',
  ],
  [
    'a padding as large as the window',
    () => pipe(open(5, 4), averagePool({ window: [2], padding: [[2, 0]] })),
    'ShapeError in averagePool: expected windows of at least 1, and a padding below the window',
  ],
  [
    'a window that does not fit',
    () => pipe(open(2, 4), maxPool({ window: [4] })),
    'expected windows that fit into the padded spatial axes, and strides of at least 1',
  ],
  [
    'a stride of nothing',
    () => pipe(open(2, 4), maxPool({ window: [2], stride: 0 })),
    'expected windows that fit into the padded spatial axes, and strides of at least 1',
  ],
  [
    'a named axis that would change',
    () => pipe(open('time', 4), averagePool({ window: [2] })),
    'a named axis needs stride 1 and before + after = window − 1',
  ],
  [
    'strides for other axes',
    () => pipe(open(5, 4), maxPool({ window: [2], stride: [1, 1] })),
    'expected strides and padding for 1 axes',
  ],
  [
    'pairs for other axes',
    () => pipe(open(5, 4), maxPool({ window: [2], padding: [] as Padding })),
    'expected strides and padding for 1 axes',
  ],
])('%s is refused with a text', (_, make, text) => {
  expect(make).toThrow(TraceFailure)
  expect(make).toThrow(text)
})
