import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { pipe } from 'fp-ts/lib/function.js'
import { fail, orFail, shapeError, valueError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { DType, Shape } from '../../shape/dim.js'
import { printType, sizeOf } from '../../shape/dim.js'
import type { GatherCheck, Gathered } from '../../shape/gather.js'
import { checkRows, gatherShape } from '../../shape/gather.js'
import { fromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import type { BatchRule, NdArray, Primitive } from '../def.js'
import { apply1, definePrimitive } from '../def.js'
import { fromArray } from '../leaf/constant.js'
import { twoOperands } from '../operands.js'
import { constant, dynamic, select } from '../scalar-expression.js'
import { typedResult } from '../typed-result.js'
import { floatInput } from '../view/family.js'
import type { IndexingAttributes, Outside } from './indexing.js'
import { forEachRow, indexingAttributes, isInside } from './indexing.js'

/** `axis` may count from the end. */
export type GatherAttributes = IndexingAttributes

const gatherValues = (
  attrs: GatherAttributes,
  x: NdArray,
  indices: NdArray,
  output: readonly number[],
): NdArray => {
  const data = new Float64Array(sizeOf(output))
  forEachRow(attrs, x.shape, indices, (row, at, length) => {
    if (row >= 0) data.set(x.data.subarray(row, row + length), at)
  })
  return { shape: output, data }
}

/** With both operands mapped the new axis is one more batch axis; with one of them, it passes through. */
const gatherBatch: BatchRule<GatherAttributes> = (b, { attrs, inputs: [x, indices], isMapped }) => {
  if (x === undefined || indices === undefined) return []
  const { batchAxes, outside } = attrs
  if (isMapped[0] === true && isMapped[1] === true)
    return [b.gather(x, indices, behindNewAxis(attrs.axis), batchAxes + 1, outside)]
  if (isMapped[0] === true) {
    const inner = b.moveAxis(x, 0, batchAxes)
    return [b.moveAxis(b.gather(inner, indices, behindNewAxis(attrs.axis), batchAxes, outside), batchAxes, 0)]
  }
  const axis = fromFront(attrs.axis, x.shape.length)
  return [b.moveAxis(b.gather(x, b.moveAxis(indices, 0, batchAxes), axis, batchAxes, outside), axis, 0)]
}

const front = (attrs: GatherAttributes, rank: number): GatherAttributes => ({
  ...attrs,
  axis: fromFront(attrs.axis, rank),
})

const lower: Primitive<GatherAttributes>['lower'] = {
  skeleton: 'gather',
  nest: (attrs, [from = [], indices = []]) => {
    const { axis, batchAxes, outside } = front(attrs, from.length)
    const rows = from[axis] ?? 0
    const places = indices.length - batchAxes
    return {
      loops: () => [],
      combine: null,
      body: ({ at, read }) => {
        if (rows === 0) return constant(0)
        const index = read(1, [...at.slice(0, batchAxes), ...at.slice(axis, axis + places)])
        const row = read(0, [...at.slice(0, axis), dynamic(index, rows), ...at.slice(axis + places)])
        return outside === 'none' ? select(isInside(index, rows), row, constant(0)) : row
      },
    }
  },
}

const attributes = (axis: number, batchAxes = 0, outside: Outside = 'nearest'): GatherAttributes => ({
  axis,
  batchAxes,
  outside,
})

export const gatherOp = definePrimitive<GatherAttributes>({
  name: 'gather',
  category: 'index',
  doc:
    'Rows of x along an axis, chosen by an i24 tensor: the axis is replaced by the axes of the indices. The first ' +
    '`batchAxes` axes are shared, so that each place along them has indices of its own. An index outside the axis ' +
    'stands for the nearest row, to which its gradient goes too, or with outside = none for a row of zeros. ' +
    'Its transpose is scatterAdd.',
  attrs: t.readonly(t.strict(indexingAttributes)),
  type: (given, inputs) =>
    pipe(
      twoOperands('gather', ['any', 'i24'], inputs),
      E.chain(([x, indices]) => {
        const attrs = front(given, x.shape.length)
        return pipe(
          gatherShape('gather', x.shape, indices.shape, attrs),
          E.chainFirst(() =>
            attrs.outside === 'none'
              ? E.right(null)
              : checkRows('gather', x.shape[attrs.axis], indices.shape),
          ),
          E.map((shape: Shape) => [{ shape, dtype: x.dtype }]),
        )
      }),
    ),
  evaluate: (attrs, [x, indices], [output = []]) =>
    x === undefined || indices === undefined
      ? []
      : [gatherValues(front(attrs, x.shape.length), x, indices, output)],
  vjp: (b, { attrs, inputs: [x, indices], cotangents: [cotangent] }) => {
    if (x === undefined || indices === undefined || cotangent === undefined || x.dtype !== 'f32')
      return [null, null]
    const { axis, batchAxes, outside } = front(attrs, x.shape.length)
    return [b.scatterAdd({ axis, batchAxes, outside, size: x.shape[axis] ?? 0 }, cotangent, indices), null]
  },
  jvp: (b, { attrs: { axis, batchAxes, outside }, inputs: [, indices], tangents: [tangent] }) =>
    tangent === undefined || tangent === null || indices === undefined
      ? [null]
      : [b.gather(tangent, indices, axis, batchAxes, outside)],
  batch: gatherBatch,
  lower,
  cost: () => ({ flops: 0 }),
  samples: [
    {
      attrs: attributes(0),
      inputs: [floatInput('n', 'm'), { shape: ['k'], dtype: 'i24', domain: { below: 'n' } }],
    },
    // Some lie outside and stand for the last row.
    {
      attrs: attributes(-1),
      inputs: [floatInput('n', 3), { shape: ['k', 2], dtype: 'i24', domain: { below: 5 } }],
    },
    {
      attrs: attributes(1),
      inputs: [floatInput('n', 'm', 'k'), { shape: [], dtype: 'i24', domain: { below: 'm' } }],
    },
    {
      attrs: attributes(2, 1),
      inputs: [floatInput(2, 'n', 'm', 'k'), { shape: [2, 3], dtype: 'i24', domain: { below: 'm' } }],
    },
    {
      attrs: attributes(1, 1, 'none'),
      inputs: [floatInput('k', 3), { shape: ['k', 6], dtype: 'i24', domain: { below: 5 } }],
    },
    {
      attrs: attributes(0),
      inputs: [
        { shape: ['n'], dtype: 'i24', domain: { below: 100 } },
        { shape: ['k'], dtype: 'i24', domain: { below: 'n' } },
      ],
    },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

/** The tuple's length as the one axis of the indices; a list of unknown length has an unknown one. */
type ListShape<Rows extends readonly number[]> = readonly [Rows['length']]

/** Which rows: an i24 tensor known when the program runs, or a list known now. */
export type RowChoice = Tensor<Shape, 'i24'> | readonly number[]

/** The axes that a choice of rows puts in the place of the axis. */
export type ChoiceShape<Rows extends RowChoice> =
  Rows extends Tensor<infer I extends Shape, 'i24'>
    ? I
    : Rows extends readonly number[]
      ? ListShape<Rows>
      : Shape

const isList = (rows: RowChoice): rows is readonly number[] => Array.isArray(rows)

/** A list of rows as a constant, counted from the front. */
const listed = (where: string, rows: readonly number[], x: Tensor, axis: number): Tensor => {
  const front = fromFront(axis, x.shape.length)
  orFail(gatherShape(where, x.shape, [rows.length], { axis: front, batchAxes: 0 }))
  const size = x.shape[front]
  if (typeof size !== 'number')
    return fail(
      shapeError({
        where,
        expected: `a size for axis ${axis}, to check the list of rows against`,
        found: printType(x),
        hint: 'give rows of a named axis as an i24 tensor',
      }),
    )
  const wrong = rows.find((row) => !Number.isInteger(row) || row < -size || row >= size)
  if (wrong !== undefined)
    return fail(
      valueError({
        where,
        expected: size === 0 ? 'no row of an empty axis' : `rows from ${-size} to ${size - 1}`,
        found: `${wrong}`,
        hint: 'rows count from 0, or from -1 at the end',
      }),
    )
  return fromArray(
    Float64Array.from(rows, (row) => fromFront(row, size)),
    [rows.length],
    'i24',
  )
}

export interface GatherOptions {
  /** What an index outside the axis stands for: the nearest row (the default), or a row of zeros. */
  readonly outside?: Outside
}

/**
 * Rows of x along `axis` (which may count from the end) chosen by `rows`: the axis is replaced by the axes of an
 * i24 tensor, or by one as long as a list. An index of a tensor that is outside the axis stands for the nearest row,
 * which its gradient goes to, or for zeros with `outside: 'none'`. A list is checked now, and may count from the end.
 * @throws TraceFailure with a ShapeError where x has no such axis, with a ValueError where a listed row is not in it.
 */
export const gather =
  <const Rows extends RowChoice, const Axis extends number>(
    rows: Rows,
    axis: Axis,
    { outside = 'nearest' }: GatherOptions = {},
  ) =>
  <S extends Shape, D extends DType>(
    x: Tensor<S, D> & GatherCheck<S, Axis>,
  ): Tensor<Gathered<S, ChoiceShape<Rows>, Axis>, D> => {
    const chosen: RowChoice = rows
    const indices = isList(chosen) ? listed('gather', chosen, x, axis) : chosen
    return typedResult(apply1(gatherOp, { axis, batchAxes: 0, outside }, [x, indices]))
  }
