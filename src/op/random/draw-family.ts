/**
 * The family of draws: composites of one key whose results are made of random bits. A member says what it makes of
 * a key; that keys may have leading axes, each key drawing for itself, and that nothing is differentiable follows here.
 */
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { optionError } from '../../error/error.js'
import { printAttribute } from '../../ir/print.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { DType, Shape, TensorType } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { Builder } from '../builder.js'
import type { Composite, Sample } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { BLOCK_FLOPS } from './family.js'
import { randomBitsOp } from './random-bits.js'

/** What a member of the family says of itself. */
interface Draw<A extends Attributes> {
  readonly name: string
  readonly doc: string
  readonly attrs: t.Decoder<unknown, A>
  readonly dtype: DType
  /** What one key draws. */
  readonly shape: (attrs: A) => Shape
  /** Whether the parameters make sense, what is expected of them, and what to do otherwise. */
  readonly accepts: (attrs: A) => boolean
  readonly expected: string
  readonly hint: string
  /** The draws of keys [...K, 4]: [...K, ...shape]. */
  readonly draw: (b: Builder, key: Tensor, attrs: A) => Tensor
  /** Blocks and other operations an element takes. */
  readonly blocks: number
  readonly flops: number
  readonly samples: readonly Sample[]
  /** Bound on the error in float32. */
  readonly relative: number
}

const refusal = <A extends Attributes>(
  { name, expected, hint }: Draw<A>,
  attrs: A,
): E.Either<TensorError, never> =>
  E.left(optionError({ where: name, expected, found: printAttribute(attrs), hint }))

/** The op record of a member. */
export const drawComposite = <A extends Attributes>(op: Draw<A>): Composite<A> => {
  const record: Composite<A> = defineComposite<A>({
    name: op.name,
    category: 'random',
    doc: op.doc,
    attrs: op.attrs,
    type: (attrs, inputs) =>
      op.accepts(attrs)
        ? E.map((types: readonly TensorType[]) => types.map(({ shape }) => ({ shape, dtype: op.dtype })))(
            randomBitsOp.type({ shape: op.shape(attrs) }, inputs),
          )
        : refusal(op, attrs),
    expand: (b, attrs, [key]) => (key === undefined ? [] : [op.draw(b, key, attrs)]),
    evaluate: 'expand',
    vjp: () => [null],
    jvp: () => [null],
    batch: (_, { attrs, inputs }) => [apply1(record, attrs, inputs)],
    cost: (_, __, [output]) => ({
      flops: (op.blocks * BLOCK_FLOPS + op.flops) * sizeOf(output?.shape ?? []),
    }),
    samples: op.samples,
    tolerance: { relative: op.relative },
    laws: [],
  })
  return record
}

/** Rows `from` to below `to` of the axis behind the leading axes of a key. */
export const rowsOfDraw = (b: Builder, x: Tensor, key: Tensor, from: number, to: number): Tensor => {
  const lead = key.shape.slice(0, -1)
  const own = x.shape.slice(lead.length + 1)
  return b.slice(x, [...lead.map(() => 0), from, ...own.map(() => 0)], [...lead, to, ...own])
}

/** Row `row` of that axis, without it. */
export const rowOfDraw = (b: Builder, x: Tensor, key: Tensor, row: number): Tensor => {
  const lead = key.shape.slice(0, -1)
  return b.reshape(rowsOfDraw(b, x, key, row, row + 1), [...lead, ...x.shape.slice(lead.length + 1)])
}
