/**
 * The family of random primitives: each element of the output is taken from one Threefry block, whose
 * counter is a position and the number of the member, so that no two members ever share a block.
 *
 * An operand may have leading axes [...K], the same for all that have any: the results then have them too, and
 * those at one place are what the key of that place gives alone.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type * as t from 'io-ts'
import type { Index, Scalar } from '../../ir/scalar.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Dim, Shape, TensorType } from '../../shape/dim.js'
import { printType, sameShape, sizeOf, stridesOf } from '../../shape/dim.js'
import type {
  BatchRule,
  Coordinates,
  LoopNest,
  LoopScope,
  NdArray,
  Primitive,
  Sample,
  SampleInput,
} from '../def.js'
import { apply1, definePrimitive } from '../def.js'
import { constant, fromIndex, indexConst, indexSum, quotient, remainder } from '../scalar-expression.js'
import { keyWords } from './key-halves.js'
import type { Halves, Words } from './threefry.js'
import { threefry, threefryScalars } from './threefry.js'

/** Second word of the counters of each member. */
export const DOMAIN = { bits: 0, split: 1, fold: 2, foldStep: 3, integer: 4 } as const

const KEY: TensorType = { shape: [4], dtype: 'i24' }

export const keySample: SampleInput = { shape: [4], dtype: 'i24', domain: 'key' }
/** Keys with leading axes, each of which draws for itself. */
export const keysSample = (...lead: SampleInput['shape']): SampleInput => ({
  shape: [...lead, 4],
  dtype: 'i24',
  domain: 'key',
})

const keyScalars = (read: LoopScope['read']): readonly [Halves, Halves] => {
  const half = (i: number): Scalar => read(0, [indexConst(i)])
  return [
    { high: half(0), low: half(1) },
    { high: half(2), low: half(3) },
  ]
}

/** An index as a word: its halves are found on indices, which stay exact where a float32 would not. */
export const indexHalves = (index: Index): Halves => ({
  high: fromIndex(quotient(index, 0x10000)),
  low: fromIndex(remainder(index, 0x10000)),
})

export const wordHalves = (value: number): Halves => ({
  high: constant(value >>> 16),
  low: constant(value & 0xffff),
})

/** What a member of the family says of itself. */
interface RandomPrimitive<A extends Attributes> {
  readonly name: string
  readonly doc: string
  readonly attrs: t.Decoder<unknown, A>
  readonly domain: number
  /** Types of the operands after the key. */
  readonly operands: readonly TensorType[]
  readonly shape: (attrs: A) => Shape
  /** Whether the attributes make sense, and what is expected of them. */
  readonly accepts: (attrs: A) => boolean
  readonly expected: string
  /** Elements of the output that come from one block. */
  readonly perBlock: number
  /** First word of the counter of block number `block`. */
  readonly counter: (attrs: A, block: number, operands: readonly NdArray[]) => number
  readonly counterScalars: (
    attrs: A,
    at: Coordinates,
    shape: readonly number[],
    read: LoopScope['read'],
  ) => Halves
  /** Element number `position` made from a block. */
  readonly element: (block: Words, position: number, attrs: A) => number
  readonly elementScalar: (block: readonly [Halves, Halves], at: Coordinates, attrs: A) => Scalar
  readonly samples: readonly Sample[]
}

/** Types of the key and the operands behind it, without leading axes. */
const wantedOf = <A extends Attributes>(op: RandomPrimitive<A>): readonly TensorType[] => [
  KEY,
  ...op.operands,
]

/** The leading axes of each operand: all but those of its type for one key. */
const leadsOf = <A extends Attributes, D extends Dim>(
  op: RandomPrimitive<A>,
  shapes: readonly (readonly D[])[],
): readonly (readonly D[])[] =>
  shapes.map((shape, i) => shape.slice(0, Math.max(0, shape.length - (wantedOf(op)[i]?.shape.length ?? 0))))

/** The leading axes of the results: those of the operands that have any. */
const commonLead = <D extends Dim>(leads: readonly (readonly D[])[]): readonly D[] =>
  leads.find((lead) => lead.length > 0) ?? []

const typeOf = <A extends Attributes>(
  op: RandomPrimitive<A>,
  attrs: A,
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const wanted = wantedOf(op)
  const leads = leadsOf(
    op,
    inputs.map(({ shape }) => shape),
  )
  const lead = commonLead(leads)
  const fits =
    inputs.length === wanted.length &&
    wanted.every(({ shape, dtype }, i) => {
      const own = leads[i] ?? []
      return (
        inputs[i]?.dtype === dtype &&
        sameShape(inputs[i].shape, [...own, ...shape]) &&
        (own.length === 0 || sameShape(own, lead))
      )
    })
  return fits && op.accepts(attrs)
    ? E.right([{ shape: [...lead, ...op.shape(attrs)], dtype: 'i24' }])
    : E.left(
        shapeError({
          where: op.name,
          expected: `${wanted.map(printType).join(' and ')}, alone or with the same leading axes, and ${op.expected}`,
          found: `${inputs.map(printType).join(' and ') || 'nothing'}, and ${JSON.stringify(attrs)}`,
          hint: 'a key is made by keyFromSeed, split or foldIn',
        }),
      )
}

/** Row number `place` of the leading axes of an operand; the whole of one that has none. */
const rowOf = ({ shape, data }: NdArray, lead: readonly number[], place: number): NdArray => {
  if (lead.length === 0) return { shape, data }
  const own = shape.slice(lead.length)
  return { shape: own, data: data.subarray(place * sizeOf(own), (place + 1) * sizeOf(own)) }
}

const evaluateRandom = <A extends Attributes>(
  op: RandomPrimitive<A>,
  attrs: A,
  inputs: readonly NdArray[],
  shape: readonly number[],
): NdArray => {
  const leads = leadsOf(
    op,
    inputs.map((input) => input.shape),
  )
  const rank = commonLead(leads).length
  const count = sizeOf(shape.slice(rank))
  const data = new Float64Array(sizeOf(shape))
  for (let place = 0; place < sizeOf(shape.slice(0, rank)); place++) {
    const [key, ...operands] = inputs.map((input, i) => rowOf(input, leads[i] ?? [], place))
    const words: Words = key === undefined ? [0, 0] : keyWords(key)
    for (let position = 0; position < count; position += op.perBlock) {
      const block = threefry(words, [op.counter(attrs, position / op.perBlock, operands) >>> 0, op.domain])
      for (let part = 0; part < op.perBlock; part++)
        data[place * count + position + part] = op.element(block, part, attrs)
    }
  }
  return { shape, data }
}

const nestOf = <A extends Attributes>(
  op: RandomPrimitive<A>,
  attrs: A,
  inputs: readonly (readonly number[])[],
  shape: readonly number[],
): LoopNest => {
  const leads = leadsOf(op, inputs)
  const rank = commonLead(leads).length
  return {
    loops: () => [],
    combine: null,
    body: ({ at, read }) => {
      const place = at.slice(0, rank)
      const own = at.slice(rank)
      const readOwn: LoopScope['read'] = (input, inner) =>
        read(input, [...((leads[input] ?? []).length > 0 ? place : []), ...inner])
      const counter = op.counterScalars(attrs, own, shape.slice(rank), readOwn)
      return op.elementScalar(
        threefryScalars(keyScalars(readOwn), [counter, wordHalves(op.domain)]),
        own,
        attrs,
      )
    },
  }
}

/**
 * The op again, on keys with one more leading axis. An operand without leading axes stays as it is; the others all
 * get the same ones, the new one first.
 */
const batchOf =
  <A extends Attributes>(op: RandomPrimitive<A>, record: () => Primitive<A>): BatchRule<A> =>
  (b, { attrs, inputs, isMapped, size }) => {
    const mapped = inputs.map(({ shape }, i) => (isMapped[i] === true ? shape.slice(1) : shape))
    const leads = leadsOf(op, mapped)
    const lead = commonLead(leads)
    const operands = inputs.map((x, i): Tensor => {
      const held = leads[i] ?? []
      if (isMapped[i] !== true && held.length === 0) return x
      const own = (mapped[i] ?? []).slice(held.length)
      const first = isMapped[i] === true ? size : 1
      const aligned = held.length > 0 ? held : lead.map(() => 1)
      return b.broadcast(b.reshape(x, [first, ...aligned, ...own]), [size, ...lead, ...own])
    })
    return [apply1(record(), attrs, operands)]
  }

/** The flat position of coordinates as an index. */
export const flatIndex = (at: Coordinates, shape: readonly number[]): Index =>
  indexSum(0, ...stridesOf(shape).map((stride, axis) => [stride, at[axis] ?? indexConst(0)] as const))

/** Operations of one block on halves. */
export const BLOCK_FLOPS = 20 * 17 + 6 * 14

/** The op record of a member. Bits have no derivative. */
export const randomPrimitive = <A extends Attributes>(op: RandomPrimitive<A>): Primitive<A> => {
  const record: Primitive<A> = definePrimitive<A>({
    name: op.name,
    category: 'random',
    doc: op.doc,
    attrs: op.attrs,
    type: (attrs, inputs) => typeOf(op, attrs, inputs),
    evaluate: (attrs, inputs, [shape = []]) => [evaluateRandom(op, attrs, inputs, shape)],
    vjp: (_, { inputs }) => inputs.map(() => null),
    jvp: () => [null],
    batch: batchOf(op, () => record),
    lower: { skeleton: 'map', nest: (attrs, inputs, [shape = []]) => nestOf(op, attrs, inputs, shape) },
    cost: (_, __, [output]) => ({ flops: BLOCK_FLOPS * sizeOf(output?.shape ?? []) }),
    samples: op.samples,
    tolerance: { relative: 0 },
    laws: [],
  })
  return record
}
