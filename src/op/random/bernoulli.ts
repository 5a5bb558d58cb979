import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { optionError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import { BLOCK_FLOPS, keySample, keysSample } from './family.js'
import type { Key } from './key.js'
import { drawType } from './uniform.js'

export type BernoulliAttributes = {
  readonly shape: readonly (number | string)[]
  /** Of true, from 0 to 1; rounded up to a multiple of 2^−24. */
  readonly probability: number
}

const bernoulliAttributes: t.Type<BernoulliAttributes, Attributes> = t.readonly(
  t.strict({ shape: t.readonlyArray(t.union([t.number, t.string])), probability: t.number }),
)

export const bernoulliOp = defineComposite<BernoulliAttributes>({
  name: 'bernoulli',
  category: 'random',
  doc: 'True with the given probability: whether 24 random bits, as a fraction, lie below it. 0 is never, 1 always.',
  attrs: bernoulliAttributes,
  type: ({ shape, probability }, inputs) =>
    probability >= 0 && probability <= 1
      ? drawType('bool')({ shape }, inputs)
      : E.left(
          optionError({
            where: 'bernoulli',
            expected: 'a probability from 0 to 1',
            found: `${probability}`,
            hint: 'give the probability of true',
          }),
        ),
  expand: (b, { shape, probability }, [key]) =>
    key === undefined
      ? []
      : [b.less(b.uniform(key, shape), b.constant(Math.ceil(probability * 2 ** 24) / 2 ** 24))],
  evaluate: 'expand',
  vjp: () => [null],
  jvp: () => [null],
  batch: (b, { attrs: { shape, probability }, inputs: [key] }) =>
    key === undefined ? [] : [b.bernoulli(key, shape, probability)],
  cost: (_, __, [output]) => ({ flops: (BLOCK_FLOPS + 2) * sizeOf(output?.shape ?? []) }),
  samples: [
    { attrs: { shape: ['$n'], probability: 0.5 }, inputs: [keySample] },
    { attrs: { shape: ['$n', '$m'], probability: 0.1 }, inputs: [keySample] },
    { attrs: { shape: ['$n'], probability: 0.7 }, inputs: [keysSample(2)] },
  ],
  tolerance: { relative: 0 },
  laws: [],
})

/**
 * True with the given probability: `pipe(key, bernoulli([2, 3], 0.9))`.
 * @throws TraceFailure with an OptionError where it is not a probability.
 */
export const bernoulli =
  <const S extends Shape>(shape: S, probability: number) =>
  (key: Key): Tensor<S, 'bool'> =>
    typedResult(apply1(bernoulliOp, { shape, probability }, [key]))
