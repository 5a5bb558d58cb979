import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { pipe } from 'fp-ts/lib/function.js'
import type { TensorError } from '../../error/error.js'
import { fail, orFail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Dim, Shape } from '../../shape/dim.js'
import { printShape, sameShape, sizeOf } from '../../shape/dim.js'
import type { ScatterCheck } from '../../shape/gather.js'
import { checkRows, gatherShape, scatterShape } from '../../shape/gather.js'
import { fromFront } from '../../shape/permute.js'
import { mappedOperands } from '../batching.js'
import type { BatchRule, NdArray } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { addOp } from '../elementwise/add.js'
import { twoOperands } from '../operands.js'
import { constant, fromIndex, indexConst, select } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { floatInput } from '../view/family.js'
import { sortFlops } from './argsort.js'
import type { IndexingAttributes } from './indexing.js'
import { forEachRow, indexingAttributes, standsFor } from './indexing.js'
import { addBySorting } from './add-by-sorting.js'

/** `axis` counts from 0. */
export type ScatterAddAttributes = IndexingAttributes & {
  /** How many places the result has along the axis. */
  readonly size: Dim
}

const scatterValues = (
  attrs: ScatterAddAttributes,
  updates: NdArray,
  indices: NdArray,
  output: readonly number[],
): NdArray => {
  const data = new Float64Array(sizeOf(output))
  forEachRow(attrs, output, indices, (row, from, length) => {
    if (row >= 0)
      for (let i = 0; i < length; i++)
        data[row + i] = (data[row + i] ?? 0) + (updates.data[from + i] ?? Number.NaN)
  })
  return { shape: output, data }
}

/** With both operands mapped the new axis is one more batch axis; the updates alone are only wider. */
const scatterBatch: BatchRule<ScatterAddAttributes> = (b, site) => {
  const { attrs, isMapped } = site
  const [updates, indices] = isMapped[1] === true ? mappedOperands(b, site) : site.inputs
  if (updates === undefined || indices === undefined) return []
  const wider = { ...attrs, axis: attrs.axis + 1 }
  if (isMapped[1] === true)
    return [b.scatterAdd({ ...wider, batchAxes: attrs.batchAxes + 1 }, updates, indices)]
  const inner = b.moveAxis(updates, 0, attrs.batchAxes)
  return [b.moveAxis(b.scatterAdd(wider, inner, indices), attrs.batchAxes, 0)]
}

/** Flops that a launch costs, as fusion counts them. */
const LAUNCH_FLOPS = 20_000
/**
 * What a step of a search costs against one of looking through indices in order: its reads depend on each other and
 * its lanes read apart. Measured on webasm: lines of 4,000 numbers into 4,000 places are level, in 5 ms; 16,000 take
 * 23 ms sorted, 115 ms looked through; 1,024 rows of 64 into 1,000 places 4 ms and 44 ms.
 */
const SEARCH_COST = 4

/** Whether looking at every index for every place is less work than sorting the updates. */
const isShorter = ({ batchAxes, size }: ScatterAddAttributes, updates: Shape, indices: Shape): boolean => {
  const count = sizeOf(indices.slice(batchAxes))
  const numbers = sizeOf(updates)
  const row = numbers / Math.max(sizeOf(indices), 1)
  const scans = Math.ceil(Math.log2(Math.max(count, 1)))
  const looking = 2 * numbers * Number(size)
  const sorting =
    sortFlops({ shape: indices, dtype: 'i24' }, -1) +
    numbers * 4 * scans +
    row * Number(size) +
    LAUNCH_FLOPS * 2 * scans
  return looking <= SEARCH_COST * sorting
}

export const scatterAddOp = defineComposite<ScatterAddAttributes>({
  name: 'scatterAdd',
  category: 'index',
  doc:
    'Rows of updates added into `size` places along an axis, each at the place that an i24 tensor names; several ' +
    'at one place add up, a place none goes to is 0. The updates have the axes of the indices where the result has ' +
    'the axis; the first `batchAxes` axes are shared. An index outside is dropped (outside = none, as in JAX), or ' +
    'stands for the nearest place. The transpose of gather.',
  attrs: t.readonly(t.strict({ ...indexingAttributes, size: t.union([t.number, t.string]) })),
  type: (attrs, inputs) =>
    pipe(
      twoOperands('scatterAdd', ['f32', 'i24'], inputs),
      E.chain(([updates, indices]) =>
        pipe(
          scatterShape('scatterAdd', updates.shape, indices.shape, attrs),
          E.chainFirst(() =>
            attrs.outside === 'none' ? E.right(null) : checkRows('scatterAdd', attrs.size, indices.shape),
          ),
        ),
      ),
      E.map((shape) => [{ shape, dtype: 'f32' as const }]),
    ),
  expand: (b, attrs, [updates, indices]) =>
    updates === undefined || indices === undefined
      ? []
      : [addBySorting(b, { ...attrs, size: Number(attrs.size) }, updates, indices)],
  keepWhole: (attrs, [updates, indices]) =>
    updates === undefined || indices === undefined || isShorter(attrs, updates.shape, indices.shape),
  evaluate: (attrs, [updates, indices], [output = []]) =>
    updates === undefined || indices === undefined ? [] : [scatterValues(attrs, updates, indices, output)],
  vjp: (b, { attrs: { axis, batchAxes, outside }, inputs: [, indices], cotangents: [cotangent] }) =>
    cotangent === undefined || indices === undefined
      ? [null, null]
      : [b.gather(cotangent, indices, axis, batchAxes, outside), null],
  jvp: (b, { attrs, inputs: [, indices], tangents: [tangent] }) =>
    tangent === undefined || tangent === null || indices === undefined
      ? [null]
      : [b.scatterAdd(attrs, tangent, indices)],
  batch: scatterBatch,
  lower: {
    skeleton: 'reduce',
    // Every place goes through all indices and adds what is meant for it: no write meets another, none is atomic.
    nest: ({ axis, batchAxes, outside }, [, indices = []], [output = []]) => {
      const places = indices.slice(batchAxes)
      return {
        loops: () => places.map((size) => ({ size })),
        combine: places.length === 0 ? null : 'sum',
        body: ({ at, counters, read }) => {
          const index = read(1, [...at.slice(0, batchAxes), ...counters])
          const row = fromIndex(at[axis] ?? indexConst(0))
          const update = read(0, at.toSpliced(axis, 1, ...counters))
          return select(standsFor(index, row, output[axis] ?? 0, outside), update, constant(0))
        },
      }
    },
  },
  cost: ({ batchAxes }, [, indices], [output]) => ({
    flops: 2 * sizeOf(output?.shape ?? []) * sizeOf(indices?.shape.slice(batchAxes) ?? []),
  }),
  samples: [
    {
      attrs: { axis: 0, batchAxes: 0, outside: 'none', size: 3 },
      inputs: [floatInput('k', 'm'), { shape: ['k'], dtype: 'i24', domain: { below: 5 } }],
    },
    {
      attrs: { axis: 1, batchAxes: 0, outside: 'nearest', size: '$n' },
      inputs: [floatInput('m', 'k', 2, 'm'), { shape: ['k', 2], dtype: 'i24', domain: { below: 5 } }],
    },
    {
      attrs: { axis: 1, batchAxes: 0, outside: 'none', size: '$m' },
      inputs: [floatInput('n'), { shape: [], dtype: 'i24', domain: { below: 'm' } }],
    },
    {
      attrs: { axis: 2, batchAxes: 1, outside: 'none', size: '$m' },
      inputs: [floatInput(2, 'n', 3, 'k'), { shape: [2, 3], dtype: 'i24', domain: { below: 'm' } }],
    },
  ],
  tolerance: { relative: 1e-6 },
  laws: [],
})

const notRows = (updates: Shape, rows: Shape): TensorError =>
  shapeError({
    where: 'scatterAdd',
    expected: `updates ${printShape(rows)}`,
    found: printShape(updates),
    hint: 'updates have the shape of what gather reads by the same indices',
  })

/**
 * x with rows of `updates` added along `axis` (which may count from the end) at `indices`: updates have the shape of
 * what `gather(indices, axis)` reads. Several at one place add up; an index outside the axis is dropped, as in JAX.
 * @throws TraceFailure with a ShapeError where the shapes do not go together.
 */
export const scatterAdd =
  <I extends Shape, U extends Shape, const Axis extends number>(
    indices: Tensor<I, 'i24'>,
    updates: Tensor<U, 'f32'>,
    axis: Axis,
  ) =>
  <S extends Shape>(x: Tensor<S, 'f32'> & ScatterCheck<S, I, U, Axis>): Tensor<S, 'f32'> => {
    const front = fromFront(axis, x.shape.length)
    const rows = orFail(gatherShape('scatterAdd', x.shape, indices.shape, { axis: front, batchAxes: 0 }))
    const attrs = { axis: front, batchAxes: 0, outside: 'none', size: x.shape[front] ?? 0 } as const
    if (!sameShape(updates.shape, rows)) return fail(notRows(updates.shape, rows))
    return typedResult(apply1(addOp, {}, [x, apply1(scatterAddOp, attrs, [updates, indices])]))
  }
