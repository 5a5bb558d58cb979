/**
 * The family of random primitives: each element of the output is taken from one Threefry block, whose
 * counter is a position and the number of the member, so that no two members ever share a block.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type * as t from 'io-ts'
import type { Index, Scalar } from '../../ir/scalar.js'
import type { Attributes } from '../../ir/tensor.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sameType, sizeOf, stridesOf } from '../../shape/dim.js'
import type { Coordinates, LoopNest, LoopScope, NdArray, Primitive, Sample, SampleInput } from '../def.js'
import { definePrimitive } from '../def.js'
import { constant, fromIndex, indexConst, indexSum, quotient, remainder } from '../scalar-expression.js'
import { keyWords } from './key-halves.js'
import type { Halves, Words } from './threefry.js'
import { threefry, threefryScalars } from './threefry.js'

/** Second word of the counters of each member. */
export const DOMAIN = { bits: 0, split: 1, fold: 2, foldStep: 3 } as const

const KEY: TensorType = { shape: [4], dtype: 'i24' }

export const keySample: SampleInput = { shape: [4], dtype: 'i24', domain: 'key' }

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
  readonly element: (block: Words, position: number) => number
  readonly elementScalar: (block: readonly [Halves, Halves], at: Coordinates) => Scalar
  readonly samples: readonly Sample[]
}

const typeOf = <A extends Attributes>(
  op: RandomPrimitive<A>,
  attrs: A,
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const wanted = [KEY, ...op.operands]
  const fits =
    inputs.length === wanted.length &&
    wanted.every((type, i) => sameType(type, inputs[i] ?? { shape: [], dtype: 'f32' }))
  return fits && op.accepts(attrs)
    ? E.right([{ shape: op.shape(attrs), dtype: 'i24' }])
    : E.left(
        shapeError({
          where: op.name,
          expected: `${wanted.map(printType).join(' and ')}, and ${op.expected}`,
          found: `${inputs.map(printType).join(' and ') || 'nothing'}, and ${JSON.stringify(attrs)}`,
          hint: 'a key is made by keyFromSeed, split or foldIn',
        }),
      )
}

const evaluateRandom = <A extends Attributes>(
  op: RandomPrimitive<A>,
  attrs: A,
  [key, ...operands]: readonly NdArray[],
  shape: readonly number[],
): NdArray => {
  const words: Words = key === undefined ? [0, 0] : keyWords(key)
  const data = new Float64Array(sizeOf(shape))
  for (let position = 0; position < data.length; position += op.perBlock) {
    const block = threefry(words, [op.counter(attrs, position / op.perBlock, operands) >>> 0, op.domain])
    for (let part = 0; part < op.perBlock; part++) data[position + part] = op.element(block, part)
  }
  return { shape, data }
}

const nestOf = <A extends Attributes>(
  op: RandomPrimitive<A>,
  attrs: A,
  shape: readonly number[],
): LoopNest => ({
  loops: () => [],
  combine: null,
  body: ({ at, read }) => {
    const counter = op.counterScalars(attrs, at, shape, read)
    return op.elementScalar(threefryScalars(keyScalars(read), [counter, wordHalves(op.domain)]), at)
  },
})

/** The flat position of coordinates as an index. */
export const flatIndex = (at: Coordinates, shape: readonly number[]): Index =>
  indexSum(0, ...stridesOf(shape).map((stride, axis) => [stride, at[axis] ?? indexConst(0)] as const))

/** Operations of one block on halves. */
export const BLOCK_FLOPS = 20 * 17 + 6 * 14

/** The op record of a member. Bits have no derivative. */
export const randomPrimitive = <A extends Attributes>(op: RandomPrimitive<A>): Primitive<A> =>
  definePrimitive<A>({
    name: op.name,
    category: 'random',
    doc: op.doc,
    attrs: op.attrs,
    type: (attrs, inputs) => typeOf(op, attrs, inputs),
    evaluate: (attrs, inputs, [shape = []]) => [evaluateRandom(op, attrs, inputs, shape)],
    vjp: (_, { inputs }) => inputs.map(() => null),
    jvp: () => [null],
    lower: { skeleton: 'map', nest: (attrs, _, [shape = []]) => nestOf(op, attrs, shape) },
    cost: (_, __, [output]) => ({ flops: BLOCK_FLOPS * sizeOf(output?.shape ?? []) }),
    samples: op.samples,
    tolerance: { relative: 0 },
    laws: [],
  })
