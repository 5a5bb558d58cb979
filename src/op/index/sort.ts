import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import type { AxisCheck } from '../../shape/gather.js'
import { fromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import type { SortAttributes, SortOptions } from './argsort.js'
import { expandSort, sortAttributes, sortFlops, sortSamples } from './argsort.js'
import { takeLines } from './indexing.js'
import { orderable } from './line-types.js'
import { mapAxis } from './line-values.js'
import { compareNumbers } from './sort-order.js'

export const sortOp = defineComposite<SortAttributes>({
  name: 'sort',
  category: 'index',
  doc:
    'The elements along an axis in order, smallest first, or largest first with `descending`; NaN comes last either ' +
    'way, as in NumPy. Elements are moved, never changed. The derivative permutes, and its transpose permutes back.',
  attrs: sortAttributes,
  type: ({ axis }, inputs) =>
    pipe(
      orderable('sort', inputs, fromFront(axis, inputs[0]?.shape.length ?? 0)),
      E.map(({ shape, dtype }) => [{ shape, dtype }]),
    ),
  expand: (b, attrs, [x]) => (x === undefined ? [] : [expandSort(b, attrs, x).values]),
  evaluate: ({ axis, descending }, [x]) =>
    x === undefined
      ? []
      : [mapAxis(x, axis, x.shape, (line) => Array.from(line).sort(compareNumbers(descending)))],
  vjp: (b, { attrs: { axis, descending }, inputs: [x], cotangents: [cotangent] }) => {
    if (x === undefined || cotangent === undefined || x.dtype !== 'f32') return [null]
    const back = b.argsort(b.argsort(x, axis, descending), axis)
    return [takeLines(b, cotangent, back, fromFront(axis, x.shape.length))]
  },
  jvp: (b, { attrs: { axis, descending }, inputs: [x], tangents: [tangent] }) =>
    x === undefined || tangent === undefined || tangent === null
      ? [null]
      : [takeLines(b, tangent, b.argsort(x, axis, descending), fromFront(axis, x.shape.length))],
  batch: (b, { attrs: { axis, descending }, inputs: [x] }) =>
    x === undefined ? [] : [b.sort(x, behindNewAxis(axis), descending)],
  cost: ({ axis }, [x]) => ({ flops: sortFlops(x, axis) }),
  samples: sortSamples((axis, descending) => ({ axis, descending })),
  tolerance: { relative: 0 },
  laws: ['idempotent'],
})

/**
 * The elements along `axis` (which may count from the end) in order; NaN comes last, equal elements as they stood.
 * @throws TraceFailure with a ShapeError where x has no such axis or is bool.
 */
export const sort =
  <const Axis extends number>(axis: Axis, { descending = false }: SortOptions = {}) =>
  <S extends Shape, D extends 'f32' | 'i24'>(x: Tensor<S, D> & AxisCheck<'sort', S, Axis>): Tensor<S, D> =>
    typedResult(apply1(sortOp, { axis, descending }, [x]))
