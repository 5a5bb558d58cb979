import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { toGraph } from '../../src/ir/graph.js'
import { printGraph } from '../../src/ir/print.js'
import type { Attribute, Attributes, Node } from '../../src/ir/tensor.js'
import { outputsOf } from '../../src/ir/tensor.js'
import type { Domain, NdArray, Op, Sample, SampleInput } from '../../src/op/def.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import type { DType, TensorType } from '../../src/shape/dim.js'
import { sizeOf } from '../../src/shape/dim.js'

/** From the samples of an op record, which are plain data, to random applications of the op. */

/** One application: sizes are bound, inputs have values. */
export interface Case {
  readonly sample: Sample
  /** Sizes of the sample's named axes. */
  readonly sizes: Readonly<Record<string, number>>
  readonly attrs: Attributes
  readonly types: readonly TensorType[]
  readonly inputs: readonly NdArray[]
  /** Other values of the inputs, as many draws as were asked for. */
  readonly others: readonly (readonly NdArray[])[]
  /** Randomness for directions and cotangents that a law needs besides. */
  readonly seed: number
}

type Sizes = Readonly<Record<string, number>>

const LARGEST_SIZE = 4
/** Values lie on a grid of dyadic fractions: exact, easily read, easily shrunk. */
const GRID = 64
const LARGEST_VALUE = 2 * GRID
/** How near zero a 'nonzero' or 'positive' value may come: a quarter, so that differences are accurate. */
const SMALLEST = GRID / 4

const isList = (value: Attribute): value is readonly Attribute[] => Array.isArray(value)

/** Every `$n`, and every product `$n*m`, replaced by what `bind` makes of its names. */
export const substituteAttribute = (
  value: Attribute,
  bind: (names: readonly string[]) => Attribute,
): Attribute => {
  if (typeof value === 'string') return value.startsWith('$') ? bind(value.slice(1).split('*')) : value
  if (
    typeof value !== 'object' ||
    value === null ||
    value instanceof Float32Array ||
    value instanceof Float64Array
  )
    return value
  if (isList(value)) return value.map((item) => substituteAttribute(item, bind))
  return substituteAttributes(value, bind)
}

export const substituteAttributes = (
  attrs: Attributes,
  bind: (names: readonly string[]) => Attribute,
): Attributes =>
  Object.fromEntries(Object.entries(attrs).map(([name, value]) => [name, substituteAttribute(value, bind)]))

const namesIn = (value: Attribute, found: Set<string>): void => {
  substituteAttribute(value, (names) => {
    names.forEach((name) => found.add(name))
    return null
  })
}

const axisNames = (sample: Sample): readonly string[] => {
  const names = new Set<string>()
  for (const { shape, domain } of sample.inputs) {
    shape.forEach((dim) => typeof dim === 'string' && names.add(dim))
    if (typeof domain === 'object' && typeof domain.below === 'string') names.add(domain.below)
  }
  namesIn(sample.attrs, names)
  return [...names]
}

/** Names whose axes cannot be empty because indices are drawn below their size. */
const neverEmpty = (sample: Sample): ReadonlySet<string> =>
  new Set(
    sample.inputs.flatMap(({ domain }) =>
      typeof domain === 'object' && typeof domain.below === 'string' ? [domain.below] : [],
    ),
  )

const sizesArbitrary = (sample: Sample, empty: boolean): fc.Arbitrary<Sizes> => {
  const full = neverEmpty(sample)
  const size = (name: string): fc.Arbitrary<number> =>
    empty && !full.has(name)
      ? fc.oneof(
          { arbitrary: fc.integer({ min: 1, max: LARGEST_SIZE }), weight: 7 },
          { arbitrary: fc.constant(0), weight: 1 },
        )
      : fc.integer({ min: 1, max: LARGEST_SIZE })
  return fc.record(Object.fromEntries(axisNames(sample).map((name) => [name, size(name)])))
}

const numbersOf = (domain: Exclude<Domain, 'apart'>, sizes: Sizes): fc.Arbitrary<number> => {
  const onGrid = (min: number, max: number): fc.Arbitrary<number> =>
    fc.integer({ min, max }).map((value) => value / GRID)
  if (typeof domain === 'object') {
    const below = typeof domain.below === 'string' ? (sizes[domain.below] ?? 1) : domain.below
    return fc.integer({ min: 0, max: below - 1 })
  }
  switch (domain) {
    case 'any':
      return onGrid(-LARGEST_VALUE, LARGEST_VALUE)
    case 'positive':
      return onGrid(SMALLEST, LARGEST_VALUE)
    case 'nonzero':
      return fc
        .tuple(onGrid(SMALLEST, LARGEST_VALUE), fc.boolean())
        .map(([size, negative]) => (negative ? -size : size))
    case 'unit':
      return onGrid(SMALLEST, GRID - 1)
    case 'fractional':
      return fc
        .tuple(fc.integer({ min: -4, max: 3 }), onGrid(GRID / 8, (GRID * 3) / 8))
        .map(([half, part]) => half / 2 + part)
    case 'power of two':
      return fc.constantFrom(1, -1, 2, -2, 0.5, -0.5)
    case 'bool':
      return fc.integer({ min: 0, max: 1 })
    case 'key':
      return fc.integer({ min: 0, max: 65535 })
  }
}

/** Distinct values for all 'apart' inputs of a sample together, since an op may compare one with another. */
const apartNumbers = (count: number): fc.Arbitrary<readonly number[]> =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: Math.max(2 * LARGEST_VALUE, 4 * count) }), {
      minLength: count,
      maxLength: count,
    })
    .chain((sizes) =>
      fc
        .array(fc.boolean(), { minLength: count, maxLength: count })
        .map((signs) => sizes.map((size, i) => (signs[i] === true ? -size : size) / GRID)),
    )

const inputValues = (
  inputs: readonly SampleInput[],
  shapes: readonly (readonly number[])[],
  sizes: Sizes,
): fc.Arbitrary<readonly NdArray[]> => {
  const counts = shapes.map(sizeOf)
  const apart = counts.filter((_, i) => inputs[i]?.domain === 'apart').reduce((sum, count) => sum + count, 0)
  const own = inputs.map(({ domain }, i) => {
    const count = counts[i] ?? 0
    return domain === 'apart' || count === 0
      ? fc.constant<readonly number[]>([])
      : fc.array(numbersOf(domain, sizes), { minLength: count, maxLength: count })
  })
  return fc.tuple(apartNumbers(apart), fc.tuple(...own)).map(([distinct, values]) => {
    const place = { at: 0 }
    return shapes.map((shape, i) => {
      const isApart = inputs[i]?.domain === 'apart'
      const start = place.at
      if (isApart) place.at += counts[i] ?? 0
      return { shape, data: Float64Array.from(isApart ? distinct.slice(start, place.at) : (values[i] ?? [])) }
    })
  })
}

const bindShape = (shape: readonly (number | string)[], sizes: Sizes): readonly number[] =>
  shape.map((dim) => (typeof dim === 'number' ? dim : (sizes[dim] ?? 1)))

/** The application as a node of constants, so that a failing case prints as a program. */
export const nodeOf = (
  op: Op,
  { attrs, types, inputs }: Pick<Case, 'attrs' | 'types' | 'inputs'>,
  outputs: readonly TensorType[],
): Node => ({
  op: op.name,
  attrs,
  inputs: inputs.map(({ data, shape }, i) => fromArray(data, shape, types[i]?.dtype ?? 'f32')),
  outputs,
})

const printCase = (op: Op, c: Omit<Case, 'sample'>): string => {
  const types = op.type(c.attrs, c.types)
  const tensors = outputsOf(
    nodeOf(op, c, E.isRight(types) ? types.right : [{ shape: ['refused'], dtype: 'f32' }]),
  )
  return `seed ${c.seed}\n${printGraph(toGraph(tensors.map((tensor) => ({ name: 'result', tensor }))))}`
}

const bindSample = (
  sample: Sample,
  sizes: Sizes,
): Pick<Case, 'attrs'> & {
  readonly types: readonly { readonly shape: readonly number[]; readonly dtype: DType }[]
} => ({
  attrs: substituteAttributes(sample.attrs, (names) =>
    names.reduce((product, name) => product * (sizes[name] ?? 1), 1),
  ),
  types: sample.inputs.map(({ shape, dtype }) => ({ shape: bindShape(shape, sizes), dtype })),
})

/** Not every op allows an axis to be empty: where the rule refuses, size 0 becomes 1. */
const withoutRefused = (op: Op, sample: Sample, sizes: Sizes): Sizes => {
  const { attrs, types } = bindSample(sample, sizes)
  return E.isRight(op.type(attrs, types))
    ? sizes
    : Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, Math.max(size, 1)]))
}

const caseOf = (op: Op, sample: Sample, empty: boolean, others: number): fc.Arbitrary<Case> =>
  sizesArbitrary(sample, empty).chain((wanted) => {
    const sizes = withoutRefused(op, sample, wanted)
    const { attrs, types } = bindSample(sample, sizes)
    const shapes = types.map(({ shape }) => shape)
    const values = inputValues(sample.inputs, shapes, sizes)
    const more = fc.array(values, { minLength: others, maxLength: others })
    return fc.tuple(values, more, fc.nat()).map(([inputs, drawn, seed]): Case => {
      const found = { sizes, attrs, types, inputs, others: drawn, seed }
      return Object.defineProperty({ sample, ...found }, fc.toStringMethod, {
        value: () => printCase(op, found),
      })
    })
  })

/** Random applications of an op, from its samples; with `empty`, named axes are sometimes of size 0. */
export const applications = (
  op: Op,
  { empty = false, others = 0 }: { readonly empty?: boolean; readonly others?: number } = {},
): fc.Arbitrary<Case> => fc.oneof(...op.samples.map((sample) => caseOf(op, sample, empty, others)))

/** Numbers in (−1, 1), none near zero: directions and cotangents. The same seed and stream give the same numbers. */
export const noise = (seed: number, stream: number, size: number): Float64Array => {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca77)) >>> 0
  return Float64Array.from({ length: size }, () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    const fraction = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    return fraction < 0.5 ? -0.1 - 1.8 * fraction : 0.1 + 1.8 * (fraction - 0.5)
  })
}

export const noiseLike = (
  seed: number,
  stream: number,
  types: readonly { readonly shape: readonly (number | string)[] }[],
): readonly NdArray[] =>
  types.map(({ shape }, i) => {
    const sizes = shape.map(Number)
    return { shape: sizes, data: noise(seed, 16 * stream + i, sizeOf(sizes)) }
  })
