import * as t from 'io-ts'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { drawComposite } from './draw-family.js'
import { keySample, keysSample } from './family.js'
import type { Key } from './key.js'
import { SHAPE_EXPECTED, isRandomShape } from './shape-attributes.js'

export type BernoulliAttributes = {
  readonly shape: readonly (number | string)[]
  /** Of true, from 0 to 1; rounded up to a multiple of 2^−24. */
  readonly probability: number
}

const bernoulliAttributes: t.Type<BernoulliAttributes, Attributes> = t.readonly(
  t.strict({ shape: t.readonlyArray(t.union([t.number, t.string])), probability: t.number }),
)

export const bernoulliOp = drawComposite<BernoulliAttributes>({
  name: 'bernoulli',
  doc: 'True with the given probability: whether 24 random bits, as a fraction, lie below it. 0 is never, 1 always.',
  attrs: bernoulliAttributes,
  dtype: 'bool',
  shape: ({ shape }) => shape,
  accepts: ({ shape, probability }) => isRandomShape(shape) && probability >= 0 && probability <= 1,
  expected: `${SHAPE_EXPECTED}, and a probability from 0 to 1`,
  hint: 'give the probability of true',
  draw: (b, key, { shape, probability }) =>
    b.less(b.uniform(key, shape), b.constant(Math.ceil(probability * 2 ** 24) / 2 ** 24)),
  blocks: 1,
  flops: 2,
  samples: [
    { attrs: { shape: ['$n'], probability: 0.5 }, inputs: [keySample] },
    { attrs: { shape: ['$n', '$m'], probability: 0.1 }, inputs: [keySample] },
    { attrs: { shape: ['$n'], probability: 0.7 }, inputs: [keysSample(2)] },
  ],
  relative: 0,
})

/**
 * True with the given probability: `pipe(key, bernoulli([2, 3], 0.9))`.
 * @throws TraceFailure with an OptionError where it is not a probability.
 */
export const bernoulli =
  <const S extends Shape>(shape: S, probability: number) =>
  (key: Key): Tensor<S, 'bool'> =>
    typedResult(apply1(bernoulliOp, { shape, probability }, [key]))
