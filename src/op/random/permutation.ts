import * as t from 'io-ts'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Dim } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { drawComposite, rowOfDraw } from './draw-family.js'
import { keySample, keysSample } from './family.js'
import type { Key } from './key.js'

export type PermutationAttributes = {
  readonly size: number | string
}

const permutationAttributes: t.Type<PermutationAttributes, Attributes> = t.readonly(
  t.strict({ size: t.union([t.number, t.string]) }),
)

/** Sorts that keep what ties do to the distribution, size² / 2^(24·sorts + 2), at or below 2^−10. */
const sortsFor = (size: number): number => Math.max(1, Math.ceil((2 * Math.log2(Math.max(size, 1)) + 8) / 24))

export const permutationOp = drawComposite<PermutationAttributes>({
  name: 'permutation',
  doc:
    'A random order of 0 … size − 1: the order that sorts 24 random bits an element, where equal bits stay in place. That ' +
    'is repeated until the total variation distance from the uniform distribution, size² / 2^(24·sorts + 2) at most, is 2^−10 ' +
    'or less: one sort to 256 elements, two to 2^20, three beyond. The same order on every target.',
  attrs: permutationAttributes,
  dtype: 'i24',
  shape: ({ size }) => [size],
  accepts: ({ size }) => typeof size === 'string' || (Number.isInteger(size) && size >= 0 && size <= 2 ** 24),
  expected: 'a size from 0 to 2^24',
  hint: 'an i24 counts no further',
  draw: (b, key, { size }) => {
    const axis = key.shape.length - 1
    const sorts = sortsFor(Number(size))
    const bits = b.randomBits(key, [sorts, size])
    const orders = Array.from({ length: sorts }, (_, i) => b.argsort(rowOfDraw(b, bits, key, i), axis))
    return orders.reduce((order, next) => b.gather(order, next, axis, axis))
  },
  blocks: 1,
  flops: 1000,
  samples: [
    { attrs: { size: '$n' }, inputs: [keySample] },
    { attrs: { size: 5 }, inputs: [keysSample('k')] },
    { attrs: { size: 257 }, inputs: [keySample] },
  ],
  relative: 0,
})

/**
 * A random order of 0 … size − 1: `pipe(key, permutation(10))`.
 * @throws TraceFailure with an OptionError where the size is not from 0 to 2^24.
 */
export const permutation =
  <const N extends Dim>(size: N) =>
  (key: Key): Tensor<readonly [N], 'i24'> =>
    typedResult(apply1(permutationOp, { size }, [key]))
