/**
 * The three ops of a maximum pool's derivatives: which tap of each window is the largest element, reading there, and
 * adding there. The last two are each other's transposes, so that the derivatives are closed.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Coordinates, Primitive, Sample } from '../def.js'
import type { Dim, Shape, TensorType } from '../../shape/dim.js'
import { printShape, sameShape, sizeOf, stridesOf } from '../../shape/dim.js'
import type { PoolAttributes } from '../../shape/pool.js'
import { poolShape } from '../../shape/pool.js'
import { alongLeadingAxes } from '../batching.js'
import { apply, definePrimitive } from '../def.js'
import { twoOperands } from '../operands.js'
import {
  binary,
  constant,
  dynamic,
  fromIndex,
  guard,
  indexConst,
  indexSum,
  quotient,
  remainder,
  select,
  within,
} from '../scalar-expression.js'
import { floatInput } from '../view/family.js'
import { forEachTap, poolFields, sourceOf, windowSize } from './pool-windows.js'

/** The second operand has one element for each place of the first one's windows. */
const eachPlace = (
  where: string,
  attrs: PoolAttributes,
  x: Shape,
  places: Shape,
): E.Either<TensorError, Shape> =>
  pipe(
    poolShape(where, x, attrs),
    E.chain((pooled) =>
      sameShape(pooled, places)
        ? E.right(pooled)
        : E.left(
            shapeError({
              where,
              expected: `an operand ${printShape(pooled)}, one element for each place`,
              found: printShape(places),
              hint: 'the places are those of maxPool',
            }),
          ),
    ),
  )

/** Where a tap stands in row-major order. */
const flatTap = (window: readonly number[], counters: Coordinates) =>
  indexSum(0, ...stridesOf(window).map((stride, i) => [stride, counters[i] ?? indexConst(0)] as const))

const whole = (below: number, ...shape: Shape): Sample['inputs'][number] => ({
  shape,
  dtype: 'f32',
  domain: { below },
})
const taps = (below: number, ...shape: Shape): Sample['inputs'][number] => ({
  shape,
  dtype: 'i24',
  domain: { below },
})

const LINE = { window: [3], strides: [2], padding: [[1, 1]] } as const
const PLANE = {
  window: [2, 3],
  strides: [1, 2],
  padding: [
    [1, 0],
    [0, 2],
  ],
} as const

export const poolTapOp: Primitive<PoolAttributes> = definePrimitive<PoolAttributes>({
  name: 'poolTap',
  category: 'linear',
  doc:
    'For each window of x the first tap, in row-major order, whose element equals that of y at the window’s place; ' +
    'the size of the window where none does. y has the shape of maxPool.',
  attrs: t.readonly(t.strict(poolFields)),
  type: (attrs, inputs) =>
    pipe(
      twoOperands('poolTap', ['f32', 'f32'], inputs),
      E.chain(([x, y]) => eachPlace('poolTap', attrs, x.shape, y.shape)),
      E.map((shape) => [{ shape, dtype: 'i24' as const }]),
    ),
  evaluate: (attrs, [x, y], [output = []]) => {
    if (x === undefined || y === undefined) return []
    const data = new Float64Array(sizeOf(output)).fill(windowSize(attrs.window))
    forEachTap(attrs, x.shape, output, (place, tap, source) => {
      if (x.data[source] === y.data[place]) data[place] = Math.min(data[place] ?? tap, tap)
    })
    return [{ shape: output, data }]
  },
  vjp: () => [null, null],
  jvp: () => [null],
  batch: alongLeadingAxes((_, attrs, inputs) => apply(poolTapOp, attrs, inputs)),
  lower: {
    skeleton: 'slide',
    nest: (attrs, [x = []]) => ({
      loops: () => attrs.window.map((size) => ({ size })),
      combine: 'min',
      body: ({ at, counters, read }) => {
        const source = sourceOf(attrs, x, at, counters)
        const none = constant(windowSize(attrs.window))
        const found = select(
          binary('eq', read(0, source.at), read(1, at)),
          fromIndex(flatTap(attrs.window, counters)),
          none,
        )
        return guard(source.inside, found, none)
      },
    }),
  },
  cost: ({ window }, _, [output]) => ({ flops: 2 * windowSize(window) * sizeOf(output?.shape ?? []) }),
  samples: [
    { attrs: LINE, inputs: [whole(3, 1, 4, 'm'), whole(3, 1, 2, 'm')] },
    { attrs: PLANE, inputs: [whole(2, 'n', 2, 5, 2), whole(2, 'n', 2, 3, 2)] },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

export const readTapOp: Primitive<PoolAttributes> = definePrimitive<PoolAttributes>({
  name: 'readTap',
  category: 'linear',
  doc: 'For each window of x [...lead, ...spatial, channels] its element at the tap that an i24 tensor of the places states; 0 outside x.',
  attrs: t.readonly(t.strict(poolFields)),
  type: (attrs, inputs) =>
    pipe(
      twoOperands('readTap', ['f32', 'i24'], inputs),
      E.chain(([x, chosen]) => eachPlace('readTap', attrs, x.shape, chosen.shape)),
      E.map((shape) => [{ shape, dtype: 'f32' as const }]),
    ),
  evaluate: (attrs, [x, chosen], [output = []]) => {
    if (x === undefined || chosen === undefined) return []
    const data = new Float64Array(sizeOf(output))
    forEachTap(attrs, x.shape, output, (place, tap, source) => {
      if (chosen.data[place] === tap) data[place] = x.data[source] ?? Number.NaN
    })
    return [{ shape: output, data }]
  },
  vjp: (b, { attrs, inputs: [x, chosen], cotangents: [cotangent] }) =>
    x === undefined || chosen === undefined || cotangent === undefined
      ? []
      : [b.spreadTap(attrs, cotangent, chosen, x.shape.slice(-1 - attrs.window.length, -1)), null],
  jvp: (b, { attrs, inputs: [, chosen], tangents: [dx = null] }) => [
    dx === null || chosen === undefined ? null : b.readTap(attrs, dx, chosen),
  ],
  batch: alongLeadingAxes((_, attrs, inputs) => apply(readTapOp, attrs, inputs)),
  lower: {
    skeleton: 'gather',
    nest: (attrs, [x = []]) => ({
      loops: () => [],
      combine: null,
      body: ({ at, read }) => {
        const tap = dynamic(read(1, at), windowSize(attrs.window))
        const strides = stridesOf(attrs.window)
        const along = attrs.window.map((size, i) => remainder(quotient(tap, strides[i] ?? 1), size))
        const source = sourceOf(attrs, x, at, along)
        return guard(source.inside, read(0, source.at), constant(0))
      },
    }),
  },
  cost: () => ({ flops: 0 }),
  samples: [
    { attrs: LINE, inputs: [floatInput(1, 4, 'm'), taps(3, 1, 2, 'm')] },
    { attrs: PLANE, inputs: [floatInput('n', 2, 5, 2), taps(6, 'n', 2, 3, 2)] },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

export type SpreadTapAttributes = PoolAttributes & {
  /** Sizes of the spatial axes of x. */
  readonly sizes: readonly Dim[]
}

/** The shape of x. */
const spreadShape = (
  attrs: SpreadTapAttributes,
  values: TensorType,
  chosen: TensorType,
): E.Either<TensorError, Shape> => {
  const first = values.shape.length - 1 - attrs.window.length
  const x = [...values.shape.slice(0, Math.max(first, 0)), ...attrs.sizes, ...values.shape.slice(-1)]
  return pipe(
    eachPlace('spreadTap', attrs, x, values.shape),
    E.chain(() => eachPlace('spreadTap', attrs, x, chosen.shape)),
    E.map(() => x),
  )
}

export const spreadTapOp: Primitive<SpreadTapAttributes> = definePrimitive<SpreadTapAttributes>({
  name: 'spreadTap',
  category: 'linear',
  doc:
    'The transpose of readTap: each value of a place added to the element of x that its tap states. ' +
    'The first operand has one value a place, the result the spatial axes `sizes`.',
  attrs: t.readonly(t.strict({ ...poolFields, sizes: t.readonlyArray(t.union([t.number, t.string])) })),
  type: (attrs, inputs) =>
    pipe(
      twoOperands('spreadTap', ['f32', 'i24'], inputs),
      E.chain(([values, chosen]) => spreadShape(attrs, values, chosen)),
      E.map((shape) => [{ shape, dtype: 'f32' as const }]),
    ),
  evaluate: (attrs, [values, chosen], [output = []]) => {
    if (values === undefined || chosen === undefined) return []
    const data = new Float64Array(sizeOf(output))
    forEachTap(attrs, output, values.shape, (place, tap, source) => {
      if (chosen.data[place] === tap) data[source] = (data[source] ?? 0) + (values.data[place] ?? Number.NaN)
    })
    return [{ shape: output, data }]
  },
  vjp: (b, { attrs, inputs: [, chosen], cotangents: [cotangent] }) =>
    chosen === undefined || cotangent === undefined ? [] : [b.readTap(attrs, cotangent, chosen), null],
  jvp: (b, { attrs, inputs: [, chosen], tangents: [dv = null] }) => [
    dv === null || chosen === undefined ? null : b.spreadTap(attrs, dv, chosen, attrs.sizes),
  ],
  batch: alongLeadingAxes((_, attrs, inputs) => apply(spreadTapOp, attrs, inputs)),
  lower: {
    skeleton: 'slide',
    nest: ({ window, strides, padding }, [places = []]) => {
      const first = places.length - 1 - window.length
      const zero = indexConst(0)
      const strideOf = (i: number): number => strides[i] ?? 1
      // An element lies under taps a stride apart, each in the window one before that of the tap before.
      const padded = (at: Coordinates, i: number) =>
        indexSum(padding[i]?.[0] ?? 0, [1, at[first + i] ?? zero])
      const firstTap = (at: Coordinates, i: number) => remainder(padded(at, i), strideOf(i))
      return {
        loops: (at) =>
          window.map((size, i) => ({
            size: Math.ceil(size / strideOf(i)),
            extent: quotient(indexSum(size - 1 + strideOf(i), [-1, firstTap(at, i)]), strideOf(i)),
          })),
        combine: 'sum',
        body: ({ at, counters, read }) => {
          const along = window.map((_, i) =>
            indexSum(0, [1, firstTap(at, i)], [strideOf(i), counters[i] ?? zero]),
          )
          const place = window.map((_, i) =>
            indexSum(0, [1, quotient(padded(at, i), strideOf(i))], [-1, counters[i] ?? zero]),
          )
          const there = [...at.slice(0, first), ...place, ...at.slice(-1)]
          const chosen = binary('eq', read(1, there), fromIndex(flatTap(window, along)))
          return guard(
            place.map((index, i) => within(index, 0, places[first + i] ?? 0)),
            select(chosen, read(0, there), constant(0)),
            constant(0),
          )
        },
      }
    },
  },
  cost: ({ window }, [values]) => ({ flops: 2 * windowSize(window) * sizeOf(values?.shape ?? []) }),
  samples: [
    { attrs: { ...LINE, sizes: [4] }, inputs: [floatInput(1, 2, 'm'), taps(3, 1, 2, 'm')] },
    { attrs: { ...PLANE, sizes: [2, 5] }, inputs: [floatInput('n', 2, 3, 2), taps(6, 'n', 2, 3, 2)] },
    {
      attrs: { window: [2], strides: [3], padding: [[0, 1]], sizes: [8] },
      inputs: [floatInput(3, 2), taps(2, 3, 2)],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: [],
})
