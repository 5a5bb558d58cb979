import * as E from 'fp-ts/lib/Either.js'
import type { Attributes, Tensor } from '../../src/ir/tensor.js'
import type { Op, SampleInput } from '../../src/op/def.js'
import { apply } from '../../src/op/def.js'
import { build, ops } from '../../src/op/index.js'
import { fromArray } from '../../src/op/leaf/constant.js'
import { sizeOf } from '../../src/shape/dim.js'
import { substituteAttributes } from './arbitrary.js'
import type { Made, Pick } from './random-graph-steps.js'

/**
 * The step of random programs that applies any op of the table, at one of its samples. Operands that may have any
 * value are made from tensors that are there, cut or padded to their shape; the others are constants from their
 * domain, so that no kink lies near. What comes out is brought below 1, so that nothing grows.
 */

const LARGEST_NAMED = 3
const LARGEST_RESULT = 48

/** Numbers of a sample's axes, the same for the same pick. */
const sizesFor = (pick: Pick): ((name: string) => number) => {
  const places = new Map<string, number>()
  return (name) => {
    const place = places.get(name) ?? places.size
    places.set(name, place)
    return 1 + ((pick.b + place * (1 + pick.c)) % LARGEST_NAMED)
  }
}

/** Distinct numbers for the whole application: place k of 211 in an order that the pick chooses. */
const distinct = (k: number, pick: Pick): number => {
  const n = 1 + ((k * 37 + pick.b) % 211)
  return ((k + pick.c) % 2 === 0 ? n : -n) / 64
}

/** Element number k of a constant from the domain. */
const element = (
  domain: SampleInput['domain'],
  k: number,
  pick: Pick,
  size: (name: string) => number,
): number => {
  const n = (k * 7919 + pick.b * 31 + pick.c * 17) >>> 0
  if (typeof domain === 'object')
    return n % (typeof domain.below === 'string' ? size(domain.below) : domain.below)
  switch (domain) {
    case 'any':
      return ((n % 257) - 128) / 64
    case 'positive':
      return (16 + (n % 113)) / 64
    case 'nonzero':
      return ((n % 2 === 0 ? 1 : -1) * (16 + (n % 113))) / 64
    case 'unit':
      return (16 + (n % 32)) / 64
    case 'apart':
      return distinct(k, pick)
    case 'fractional':
      return (n % 8) / 2 - 2 + (8 + (n % 17)) / 64
    case 'power of two':
      return (n % 2 === 0 ? 1 : -1) * 2 ** ((n % 3) - 1)
    case 'bool':
      return (n >> 3) % 2
    case 'key':
      return (n * 40503) % 65536
  }
}

/** x cut, or padded with a half, to a shape. */
const reshaped = (x: Tensor, shape: readonly number[]): Tensor => {
  const [own, wanted] = [sizeOf(x.shape), sizeOf(shape)]
  const flat = build.reshape(x, [own])
  const fitted =
    own === wanted
      ? flat
      : own > wanted
        ? build.slice(flat, [0], [wanted])
        : build.pad(flat, [[0, wanted - own]], 0.5)
  return build.reshape(fitted, shape)
}

/** The first few numbers of a result of any type, between −1 and 1. */
const tamed = (x: Tensor): Tensor => {
  const floats = build.toFloat(x)
  const size = sizeOf(floats.shape)
  return build.tanh(
    size <= LARGEST_RESULT ? floats : build.slice(build.reshape(floats, [size]), [0], [LARGEST_RESULT]),
  )
}

const applicable: readonly Op[] = Object.values(ops).filter(({ samples }) => samples.length > 0)

/** Any op on tensors that are there. */
export const anyOp = (made: readonly Made[], pick: Pick): Made | null => {
  const op = applicable[(pick.a + 100 * (pick.step % 97)) % applicable.length]
  const sample = op?.samples[pick.b % op.samples.length]
  if (op === undefined || sample === undefined) return null
  const size = sizesFor(pick)
  const pool = made.filter(({ tensor }) => tensor.dtype === 'f32')
  const place = { constant: 0 }
  const inputs = sample.inputs.map(({ shape, dtype, domain }, i) => {
    const sizes = shape.map((dim) => (typeof dim === 'number' ? dim : size(dim)))
    const x = pool.at(-1 - ((pick.c + i) % Math.max(pool.length, 1)))
    if (dtype === 'f32' && domain === 'any' && x !== undefined && sizeOf(x.tensor.shape) > 0)
      return reshaped(x.tensor, sizes)
    const values = Float64Array.from({ length: sizeOf(sizes) }, () =>
      element(domain, place.constant++, pick, size),
    )
    return fromArray(values, sizes, dtype)
  })
  const attrs: Attributes = substituteAttributes(sample.attrs, (names) =>
    names.reduce((product, name) => product * size(name), 1),
  )
  if (E.isLeft(op.type(attrs, inputs))) return null
  const results = apply(op, attrs, inputs)
  const result = results[pick.step % Math.max(results.length, 1)]
  // The other steps count on there being elements.
  return result === undefined || sizeOf(result.shape) === 0 ? null : { tensor: tamed(result), bound: 1 }
}
