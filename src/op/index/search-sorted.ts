import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { pipe } from 'fp-ts/lib/function.js'
import { shapeError } from '../../error/error.js'
import type { Scalar } from '../../ir/scalar.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Dim, Shape } from '../../shape/dim.js'
import { printType, sameShape, sizeOf } from '../../shape/dim.js'
import { mappedOperands } from '../batching.js'
import type { BatchRule, LoopNest, Primitive } from '../def.js'
import { apply, apply1, definePrimitive } from '../def.js'
import { binary, constant, dynamic, select, unary } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { floatInput } from '../view/family.js'
import { orderable } from './line-types.js'
import { compareNumbers, precedes } from './sort-order.js'

export type SearchSortedAttributes = {
  /** Where a query equals boundaries: before the first of them, or after the last. */
  readonly side: 'left' | 'right'
  /** Leading axes that both operands share: each place along them has boundaries of its own. */
  readonly batchAxes: number
}

/** The largest power of two that is at most n; 0 for 0. */
const powerBelow = (n: number): number => (n === 0 ? 0 : 2 ** Math.floor(Math.log2(n)))

/** How many of the line's sorted boundaries come before the query. */
const countBefore = (line: Float64Array, query: number, side: 'left' | 'right'): number => {
  const compare = compareNumbers(false)
  let count = 0
  for (let step = powerBelow(line.length); step >= 1; step /= 2) {
    const sign = compare(line[count + step - 1] ?? Number.NaN, query)
    if (count + step <= line.length && (sign < 0 || (sign === 0 && side === 'right'))) count += step
  }
  return count
}

/** The count grows by halving steps, as long as the last boundary counted still comes before the query. */
const searchNest = ({ side, batchAxes }: SearchSortedAttributes, size: number): LoopNest => ({
  loops: () => [],
  combine: null,
  body: ({ at, read }) => {
    const query = read(1, at)
    let count: Scalar = constant(0)
    for (let step = powerBelow(size); step >= 1; step /= 2) {
      const last = binary('add', count, constant(step - 1))
      const boundary = read(0, [...at.slice(0, batchAxes), dynamic(last, size)])
      const comes =
        side === 'left' ? precedes(boundary, query, false) : unary('not', precedes(query, boundary, false))
      const isCounted = binary('and', binary('lt', last, constant(size)), comes)
      count = select(isCounted, binary('add', count, constant(step)), count)
    }
    return count
  },
})

/** Mapped boundaries make one more batch axis; queries alone are only more queries. */
const searchBatch: BatchRule<SearchSortedAttributes> = (b, site) => {
  const { attrs, isMapped } = site
  const [boundaries, queries] = isMapped[0] === true ? mappedOperands(b, site) : site.inputs
  if (boundaries === undefined || queries === undefined) return []
  if (isMapped[0] === true)
    return apply(searchSortedOp, { ...attrs, batchAxes: attrs.batchAxes + 1 }, [boundaries, queries])
  const inner = b.moveAxis(queries, 0, attrs.batchAxes)
  return [b.moveAxis(apply1(searchSortedOp, attrs, [boundaries, inner]), attrs.batchAxes, 0)]
}

export const searchSortedOp: Primitive<SearchSortedAttributes> = definePrimitive<SearchSortedAttributes>({
  name: 'searchSorted',
  category: 'index',
  doc:
    'For each query how many of the ascending boundaries come before it (i24), by a binary search: with side left those ' +
    'less than the query, with side right also those equal to it; NaN comes after every number, as in NumPy. Boundaries ' +
    'are one axis behind `batchAxes` leading ones that both share. Boundaries that do not ascend give a count of no use.',
  attrs: t.readonly(
    t.strict({ side: t.union([t.literal('left'), t.literal('right')]), batchAxes: t.number }),
  ),
  type: ({ batchAxes }, [boundaries, queries, ...more]) =>
    pipe(
      orderable('searchSorted', boundaries === undefined ? [] : [boundaries], batchAxes),
      E.chain((line) =>
        queries !== undefined &&
        more.length === 0 &&
        line.shape.length === batchAxes + 1 &&
        queries.dtype === line.dtype &&
        sameShape(queries.shape.slice(0, batchAxes), line.shape.slice(0, batchAxes))
          ? E.right([{ shape: queries.shape, dtype: 'i24' as const }])
          : E.left(
              shapeError({
                where: 'searchSorted',
                expected: 'boundaries along one axis, and queries of their dtype',
                found: [line, ...(queries === undefined ? [] : [queries]), ...more].map(printType).join(', '),
                hint: 'sort the boundaries, and convert with toFloat where the dtypes differ',
              }),
            ),
      ),
    ),
  evaluate: ({ side, batchAxes }, [boundaries, queries], [output = []]) => {
    if (boundaries === undefined || queries === undefined) return []
    const size = boundaries.shape[batchAxes] ?? 0
    const each = sizeOf(output.slice(batchAxes))
    return [
      {
        shape: output,
        data: queries.data.map((query, i) => {
          const line = Math.floor(i / each)
          return countBefore(boundaries.data.subarray(line * size, (line + 1) * size), query, side)
        }),
      },
    ]
  },
  vjp: () => [null, null],
  jvp: () => [null],
  batch: searchBatch,
  lower: {
    skeleton: 'search',
    nest: (attrs, [boundaries = []]) => searchNest(attrs, boundaries.at(-1) ?? 0),
  },
  cost: (_, [boundaries, queries]) => ({
    flops:
      7 * sizeOf(queries?.shape ?? []) * (1 + Math.log2(Math.max(Number(boundaries?.shape.at(-1) ?? 1), 1))),
  }),
  samples: [
    { attrs: { side: 'left', batchAxes: 0 }, inputs: [floatInput('n'), floatInput('m', 'k')] },
    { attrs: { side: 'right', batchAxes: 1 }, inputs: [floatInput('n', 5), floatInput('n')] },
    {
      attrs: { side: 'right', batchAxes: 0 },
      inputs: [
        { shape: [7], dtype: 'i24', domain: { below: 4 } },
        { shape: ['n'], dtype: 'i24', domain: { below: 4 } },
      ],
    },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

export interface SearchOptions {
  /** Before the boundaries that equal a query, or after them; left unless stated. */
  readonly side?: 'left' | 'right'
}

/**
 * Where each element of x, of any shape, would be inserted into ascending `boundaries` to keep them in order, from 0
 * to their number: `pipe(x, searchSorted(edges))`. NaN comes after every number. No gradient flows.
 * @throws TraceFailure with a ShapeError where the dtypes differ.
 */
export const searchSorted =
  <N extends Dim, D extends 'f32' | 'i24'>(
    boundaries: Tensor<readonly [N], D>,
    { side = 'left' }: SearchOptions = {},
  ) =>
  <S extends Shape>(x: Tensor<S, D>): Tensor<S, 'i24'> =>
    typedResult(apply1(searchSortedOp, { side, batchAxes: 0 }, [boundaries, x]))
