import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printShape } from '../../shape/dim.js'
import { fromFront } from '../../shape/permute.js'
import type { TopKCheck, TopKShape } from '../../shape/top-k.js'
import { behindNewAxis } from '../batching.js'
import { apply, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import { floatInput } from '../view/family.js'
import { orderOf, sortFlops } from './argsort.js'
import { addLines, takeLines } from './indexing.js'
import { orderable } from './line-types.js'
import { mapAxis } from './line-values.js'

export type TopKAttributes = {
  readonly k: number
  /** May count from the end. */
  readonly axis: number
}

const topKType = (
  { k, axis }: TopKAttributes,
  { shape, dtype }: TensorType,
): E.Either<TensorError, readonly TensorType[]> => {
  const front = fromFront(axis, shape.length)
  const size = shape[front] ?? 0
  const kept = shape.toSpliced(front, 1, k)
  return Number.isInteger(k) && k >= 0 && (typeof size === 'string' || k <= size)
    ? E.right([
        { shape: kept, dtype },
        { shape: kept, dtype: 'i24' },
      ])
    : E.left(
        shapeError({
          where: 'topK',
          expected: `k from 0 to ${size}`,
          found: `k = ${k} along axis ${axis} of ${printShape(shape)}`,
          hint: 'an axis has no more largest elements than elements',
        }),
      )
}

export const topKOp = defineComposite<TopKAttributes>({
  name: 'topK',
  category: 'index',
  doc:
    'The k largest elements along an axis, largest first, and their places (i24): the head of a descending sort, so of ' +
    'equal elements the first come first, and NaN only where there is nothing else. Gradients go to the elements chosen.',
  attrs: t.readonly(t.strict({ k: t.number, axis: t.number })),
  type: (attrs, inputs) =>
    pipe(
      orderable('topK', inputs, fromFront(attrs.axis, inputs[0]?.shape.length ?? 0)),
      E.chain((x) => topKType(attrs, x)),
    ),
  expand: (b, { k, axis }, [x]) => {
    if (x === undefined) return []
    const front = fromFront(axis, x.shape.length)
    const places = b.slice(
      b.argsort(x, axis, true),
      x.shape.map(() => 0),
      x.shape.toSpliced(front, 1, k),
    )
    return [takeLines(b, x, places, front), places]
  },
  evaluate: ({ axis }, [x], [output = []]) =>
    x === undefined
      ? []
      : [
          mapAxis(x, axis, output, (line) => orderOf(line, true).map((place) => line[place] ?? Number.NaN)),
          mapAxis(x, axis, output, (line) => orderOf(line, true)),
        ],
  vjp: (b, { attrs: { axis }, inputs: [x], outputs: [, places], cotangents: [cotangent] }) => {
    if (x === undefined || places === undefined || cotangent === undefined || x.dtype !== 'f32') return [null]
    const front = fromFront(axis, x.shape.length)
    return [addLines(b, cotangent, places, front, x.shape[front] ?? 0)]
  },
  jvp: (b, { attrs: { axis }, inputs: [x], outputs: [, places], tangents: [tangent] }) =>
    x === undefined || places === undefined || tangent === undefined || tangent === null
      ? [null, null]
      : [takeLines(b, tangent, places, fromFront(axis, x.shape.length)), null],
  batch: (b, { attrs: { k, axis }, inputs: [x] }) =>
    x === undefined ? [] : b.topK(x, k, behindNewAxis(axis)),
  cost: ({ axis }, [x]) => ({ flops: sortFlops(x, axis) }),
  samples: [
    { attrs: { k: 2, axis: -1 }, inputs: [{ shape: ['n', 5], dtype: 'f32', domain: 'apart' }] },
    { attrs: { k: '$n', axis: 0 }, inputs: [{ shape: ['n', 'm'], dtype: 'f32', domain: 'apart' }] },
    { attrs: { k: 3, axis: 0 }, inputs: [{ shape: [100, 2], dtype: 'i24', domain: { below: 9 } }] },
    { attrs: { k: 0, axis: 0 }, inputs: [floatInput('n')] },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

/** The largest elements and where they were. */
export interface TopK<S extends Shape, D extends 'f32' | 'i24'> {
  readonly values: Tensor<S, D>
  readonly indices: Tensor<S, 'i24'>
}

/**
 * The k largest elements along `axis` (the last unless stated; it may count from the end), largest first, and their
 * places; of equal elements the first come first, NaN comes last. Gradients go to the elements chosen.
 * @throws TraceFailure with a ShapeError where x has no such axis, or fewer than k elements along it.
 */
export const topK =
  <const K extends number, const Axis extends number = -1>(k: K, axis?: Axis) =>
  <S extends Shape, D extends 'f32' | 'i24'>(
    x: Tensor<S, D> & TopKCheck<S, Axis, K>,
  ): TopK<TopKShape<S, Axis, K>, D> => {
    const [values, indices] = apply(topKOp, { k, axis: axis ?? -1 }, [x])
    if (values === undefined || indices === undefined) throw new TypeError('topK has two results')
    return { values: typedResult(values), indices: typedResult(indices) }
  }
