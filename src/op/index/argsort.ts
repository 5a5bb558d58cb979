import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { AxisCheck } from '../../shape/gather.js'
import { fromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import type { Builder } from '../builder.js'
import type { Sample } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import { blockInverseOp, blockRanksOp } from './block-ranks.js'
import { orderable } from './line-types.js'
import { mapAxis } from './line-values.js'
import { mergeRunsOp } from './merge-runs.js'
import { compareNumbers } from './sort-order.js'

export type SortAttributes = {
  /** May count from the end. */
  readonly axis: number
  readonly descending: boolean
}

export const sortAttributes: t.Type<SortAttributes> = t.readonly(
  t.strict({ axis: t.number, descending: t.boolean }),
)

/** Samples of every op that sorts: lines of one block, of several runs, empty, of integers with equal ones. */
export const sortSamples = (
  attrs: (axis: number, descending: boolean) => Sample['attrs'],
): readonly Sample[] => [
  { attrs: attrs(0, false), inputs: [{ shape: ['n', 'm'], dtype: 'f32', domain: 'apart' }] },
  { attrs: attrs(-1, true), inputs: [{ shape: [2, 'n'], dtype: 'f32', domain: 'apart' }] },
  { attrs: attrs(1, false), inputs: [{ shape: [2, 150], dtype: 'f32', domain: 'apart' }] },
  { attrs: attrs(1, true), inputs: [{ shape: ['n', 7, 2], dtype: 'i24', domain: { below: 4 } }] },
]

/**
 * Up to so many elements a line is sorted by counting; longer ones start with sorted blocks of this width. Measured on
 * lines of 64 to 131,072: 32 to 128 are level on webasm, cpu and webgpu; 16 needs more launches, 256 half as much
 * time again, 1,024 two to five times as much.
 */
const COUNTED = 64

/** The lines of the last axis in order, and where each element was. */
interface SortedLines {
  readonly values: Tensor
  readonly order: Tensor
}

/**
 * Each pass moves the elements, so that the next one's searches read neighbours: twice as fast on every target as
 * reading them where they were, although that takes half as many kernels.
 */
const sortLines = (b: Builder, x: Tensor, size: number, descending: boolean): SortedLines => {
  const last = x.shape.length - 1
  const ranks = apply1(blockRanksOp, { width: COUNTED, descending }, [x])
  let order = apply1(blockInverseOp, { width: COUNTED }, [ranks])
  let values = b.gather(x, order, last, last)
  for (let width = COUNTED; width < size; width *= 2) {
    const merged = apply1(mergeRunsOp, { width, descending }, [values])
    values = b.gather(values, merged, last, last)
    order = b.gather(order, merged, last, last)
  }
  return { values, order }
}

/** The sorted tensor and its order; all sizes are known. */
export const expandSort = (b: Builder, attrs: SortAttributes, x: Tensor): SortedLines => {
  const last = x.shape.length - 1
  const axis = fromFront(attrs.axis, x.shape.length)
  const sorted = sortLines(b, b.moveAxis(x, axis, last), Number(x.shape[axis]), attrs.descending)
  return { values: b.moveAxis(sorted.values, last, axis), order: b.moveAxis(sorted.order, last, axis) }
}

/** The places of a line's elements in order. */
export const orderOf = (line: Float64Array, descending: boolean): readonly number[] => {
  const compare = compareNumbers(descending)
  return Array.from(line, (_, i) => i).sort((i, j) => compare(line[i] ?? 0, line[j] ?? 0))
}

/** Arithmetic of sorting the lines of x. */
export const sortFlops = (x: TensorType | undefined, axis: number): number => {
  const size = Math.max(Number(x?.shape.at(axis) ?? 1), 2)
  const passes = Math.ceil(Math.log2(Math.max(size / COUNTED, 1)))
  return sizeOf(x?.shape ?? []) * (13 * Math.min(size, COUNTED) + 14 * passes * (Math.log2(size) + 2))
}

export const argsortOp = defineComposite<SortAttributes>({
  name: 'argsort',
  category: 'index',
  doc:
    'The order that sorts x along an axis: the places (i24) of its elements, smallest first, or largest first with ' +
    '`descending`. Stable: equal elements stay in their order either way; NaN comes last either way. Short lines are ' +
    'sorted by counting, long ones by merging sorted blocks, log2(n / 64) passes of log2(n) steps a thread.',
  attrs: sortAttributes,
  type: ({ axis }, inputs) =>
    pipe(
      orderable('argsort', inputs, fromFront(axis, inputs[0]?.shape.length ?? 0)),
      E.map(({ shape }) => [{ shape, dtype: 'i24' as const }]),
    ),
  expand: (b, attrs, [x]) => (x === undefined ? [] : [expandSort(b, attrs, x).order]),
  evaluate: ({ axis, descending }, [x]) =>
    x === undefined ? [] : [mapAxis(x, axis, x.shape, (line) => orderOf(line, descending))],
  vjp: () => [null],
  jvp: () => [null],
  batch: (b, { attrs: { axis, descending }, inputs: [x] }) =>
    x === undefined ? [] : [b.argsort(x, behindNewAxis(axis), descending)],
  cost: ({ axis }, [x]) => ({ flops: sortFlops(x, axis) }),
  samples: sortSamples((axis, descending) => ({ axis, descending })),
  tolerance: { relative: 0 },
  laws: [],
})

export interface SortOptions {
  /** Largest first; smallest first unless stated. */
  readonly descending?: boolean
}

/**
 * The places of the elements along `axis` (which may count from the end) in the order that sorts them: stable, NaN
 * last. No gradient flows.
 * @throws TraceFailure with a ShapeError where x has no such axis or is bool.
 */
export const argsort =
  <const Axis extends number>(axis: Axis, { descending = false }: SortOptions = {}) =>
  <S extends Shape, D extends 'f32' | 'i24'>(
    x: Tensor<S, D> & AxisCheck<'argsort', S, Axis>,
  ): Tensor<S, 'i24'> =>
    typedResult(apply1(argsortOp, { axis, descending }, [x]))
