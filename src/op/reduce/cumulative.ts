/**
 * Cumulative sums and products along an axis: the combination of all elements up to each.
 *
 * Short lines are combined under a triangular mask in one kernel. Longer ones are cut into blocks that are combined
 * so, the totals of the blocks are accumulated in the same way, and each block is joined with what is before it:
 * n · width steps in log_width(n) levels, where pads and additions would take n · log2(n) in log2(n) kernels.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { orFail, shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { printType, sizeOf } from '../../shape/dim.js'
import type { AxisCheck } from '../../shape/gather.js'
import { checkAxes, fromFront } from '../../shape/permute.js'
import { behindNewAxis } from '../batching.js'
import type { Builder, CumulativeOptions } from '../builder.js'
import type { Composite, Op } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { mapAxis } from '../index/line-values.js'
import { oneOperand } from '../operands.js'
import { typedResult } from '../typed-result.js'

export type CumulativeAttributes = {
  /** May count from the end. */
  readonly axis: number
  /** Up to an element without itself: the first result is that of no element. */
  readonly exclusive: boolean
  /** From the end. */
  readonly reverse: boolean
}

/** What is accumulated. */
interface Accumulation {
  readonly neutral: number
  readonly reduce: (b: Builder, x: Tensor, axes: readonly number[]) => Tensor
  readonly join: (b: Builder, x: Tensor, y: Tensor) => Tensor
  readonly step: (total: number, x: number) => number
}

export const SUM: Accumulation = {
  neutral: 0,
  reduce: (b, x, axes) => b.sum(x, axes),
  join: (b, x, y) => b.add(x, y),
  step: (total, x) => total + x,
}
export const PRODUCT: Accumulation = {
  neutral: 1,
  reduce: (b, x, axes) => b.prod(x, axes),
  join: (b, x, y) => b.mul(x, y),
  step: (total, x) => total * x,
}

/**
 * Width of a block. Measured on a line of 100,000, best runs: 1.8 ms on webasm and 3.5 ms on cpu; with 16 2.5 and 4.3,
 * with 32 4.2 and 10.7, by log2(n) pads and additions 5.0 and 7.8.
 */
const BLOCK = 8

/** Up to so many elements a line is one block: one kernel where blocks would need three. */
const WHOLE = 32

/** Element i of each line of the last axis, of this size, combined with all before it; a mask, so that ∞ · 0 never is. */
const underMask = (b: Builder, { neutral, reduce }: Accumulation, x: Tensor, size: number): Tensor => {
  const lead = x.shape.slice(0, -1)
  const rows = b.broadcast(b.reshape(x, [...lead, 1, size]), [...lead, size, size])
  const upTo = b.lessEqual(b.iota([size, size], 1, 'i24'), b.iota([size, size], 0, 'i24'))
  return reduce(b, b.select(upTo, rows, b.constant(neutral)), [-1])
}

/** All elements before each along the last axis. */
const shifted = (b: Builder, { neutral }: Accumulation, x: Tensor): Tensor =>
  b.pad(
    x,
    x.shape.map((_, axis) => (axis === x.shape.length - 1 ? [1, -1] : [0, 0])),
    neutral,
  )

/** Inclusive, along the last axis. */
const inBlocks = (b: Builder, of: Accumulation, x: Tensor, size: number): Tensor => {
  if (size <= WHOLE) return underMask(b, of, x, size)
  const lead = x.shape.slice(0, -1)
  const blocks = Math.ceil(size / BLOCK)
  const padded = b.pad(
    x,
    x.shape.map((_, axis) => (axis === lead.length ? [0, blocks * BLOCK - size] : [0, 0])),
    of.neutral,
  )
  const within = underMask(b, of, b.reshape(padded, [...lead, blocks, BLOCK]), BLOCK)
  const totals = b.reshape(b.slice(within, [...lead.map(() => 0), 0, BLOCK - 1], [...lead, blocks, BLOCK]), [
    ...lead,
    blocks,
  ])
  const before = b.reshape(shifted(b, of, inBlocks(b, of, totals, blocks)), [...lead, blocks, 1])
  const joined = b.reshape(of.join(b, before, within), [...lead, blocks * BLOCK])
  return b.slice(joined, [...lead.map(() => 0), 0], [...lead, size])
}

/** A line's size, which the blocks are cut by. */
const knownSize = (where: string, x: Tensor, axis: number): number => {
  const size = x.shape[axis]
  return typeof size === 'number'
    ? size
    : orFail(
        E.left(
          shapeError({
            where,
            expected: `a size along axis ${axis}`,
            found: printType(x),
            hint: 'its derivatives are made of blocks of the axis: give the axis a size before differentiating',
          }),
        ),
      )
}

const expandCumulative = (
  b: Builder,
  where: string,
  of: Accumulation,
  attrs: CumulativeAttributes,
  x: Tensor,
): Tensor => {
  const last = x.shape.length - 1
  const axis = fromFront(attrs.axis, x.shape.length)
  const size = knownSize(where, x, axis)
  if (size === 0) return x
  const turn = (y: Tensor): Tensor => (attrs.reverse ? b.flip(y, [last]) : y)
  const inclusive = inBlocks(b, of, turn(b.moveAxis(x, axis, last)), size)
  return b.moveAxis(turn(attrs.exclusive ? shifted(b, of, inclusive) : inclusive), last, axis)
}

const accumulated = (
  { neutral, step }: Accumulation,
  { exclusive, reverse }: CumulativeAttributes,
  line: ArrayLike<number>,
): readonly number[] => {
  const values = Array.from(line)
  let total = neutral
  const results = (reverse ? values.reverse() : values).map((value) => {
    const before = total
    total = step(total, value)
    return exclusive ? before : total
  })
  return reverse ? results.reverse() : results
}

/** The record, less what differs between sum and product. */
export const cumulative = <const Name extends 'cumsum' | 'cumprod'>(
  name: Name,
  of: Accumulation,
  rest: Pick<Composite<CumulativeAttributes>, 'doc' | 'vjp' | 'jvp' | 'laws'>,
): Composite<CumulativeAttributes> & { readonly name: Name } => ({
  ...defineComposite<CumulativeAttributes>({
    ...rest,
    name,
    category: 'reduce',
    attrs: t.readonly(t.strict({ axis: t.number, exclusive: t.boolean, reverse: t.boolean })),
    type: ({ axis }, inputs) =>
      E.chain((x: { readonly shape: Shape }) =>
        E.map(() => [{ shape: x.shape, dtype: 'f32' as const }])(
          checkAxes(name, x.shape, [fromFront(axis, x.shape.length)]),
        ),
      )(oneOperand(name, 'f32', inputs)),
    expand: (b, attrs, [x]) => (x === undefined ? [] : [expandCumulative(b, name, of, attrs, x)]),
    evaluate: (attrs, [x]) =>
      x === undefined ? [] : [mapAxis(x, attrs.axis, x.shape, (line) => accumulated(of, attrs, line))],
    batch: (b, { attrs: { axis, exclusive, reverse }, inputs: [x] }) =>
      x === undefined ? [] : [b[name](x, behindNewAxis(axis), { exclusive, reverse })],
    cost: (_, [x]) => ({ flops: 2 * BLOCK * sizeOf(x?.shape ?? []) }),
    samples: [
      sample(0, false, false, 'n'),
      sample(-1, true, false, 2, 'n'),
      sample(0, false, true, 'n', 'm'),
      sample(1, true, true, 2, 67),
      sample(0, false, false, 0, 'm'),
    ],
    tolerance: { relative: 1e-5 },
  }),
  name,
})

const sample = (
  axis: number,
  exclusive: boolean,
  reverse: boolean,
  ...shape: readonly (number | string)[]
) => ({
  attrs: { axis, exclusive, reverse },
  inputs: [{ shape, dtype: 'f32' as const, domain: 'unit' as const }],
})

/** The typed combinator. */
export const cumulativeCombinator =
  <Name extends string>(op: Op<CumulativeAttributes> & { readonly name: Name }) =>
  <const Axis extends number>(axis: Axis, { exclusive = false, reverse = false }: CumulativeOptions = {}) =>
  <S extends Shape>(x: Tensor<S, 'f32'> & AxisCheck<Name, S, Axis>): Tensor<S, 'f32'> =>
    typedResult(apply1(op, { axis, exclusive, reverse }, [x]))
