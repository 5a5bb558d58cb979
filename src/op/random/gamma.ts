import * as t from 'io-ts'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { drawComposite } from './draw-family.js'
import { keySample, keysSample } from './family.js'
import type { Key } from './key.js'
import { GAMMA_BLOCKS, GAMMA_EXPECTED, GAMMA_FLOPS, drawLogGamma, isGammaParameter } from './log-gamma.js'
import { SHAPE_EXPECTED, isRandomShape } from './shape-attributes.js'

export type GammaAttributes = {
  readonly shape: readonly (number | string)[]
  /** The shape parameter of the distribution: the mean of its draws. */
  readonly a: number
}

const gammaAttributes: t.Type<GammaAttributes, Attributes> = t.readonly(
  t.strict({ shape: t.readonlyArray(t.union([t.number, t.string])), a: t.number }),
)

export const gammaOp = drawComposite<GammaAttributes>({
  name: 'gamma',
  doc:
    'Gamma numbers of shape parameter a and scale 1, density x^(a−1)·e^(−x) / Γ(a), by ten proposals of Marsaglia and Tsang ' +
    '(2000), all rejected with a probability below 2^−43, when the last is taken. In float32 a result is good to 3e-6 of ' +
    'itself, one below 1e-38 is 0, and one draw in more than 10^5 (in 10^4 at a = 10^6) lies so near the border of acceptance ' +
    'that targets differ in which proposal they take. Nothing is differentiable, nor with respect to a, which is a number.',
  attrs: gammaAttributes,
  dtype: 'f32',
  shape: ({ shape }) => shape,
  accepts: ({ shape, a }) => isRandomShape(shape) && isGammaParameter(a),
  expected: `${SHAPE_EXPECTED}, and a parameter a ${GAMMA_EXPECTED}`,
  hint: 'a is the mean; multiply the draws for another scale',
  draw: (b, key, { shape, a }) => {
    const { log, unit } = drawLogGamma(b, key, shape, a)
    return b.mul(b.exp(log), b.constant(unit))
  },
  blocks: GAMMA_BLOCKS,
  flops: GAMMA_FLOPS,
  samples: [
    { attrs: { shape: [2, 3], a: 2.5 }, inputs: [keySample] },
    { attrs: { shape: ['$n'], a: 0.5 }, inputs: [keySample] },
    { attrs: { shape: [3], a: 1 }, inputs: [keysSample(2)] },
  ],
  relative: 2e-6,
})

/**
 * Gamma numbers of shape parameter `a` and scale 1: `pipe(key, gamma([2, 3], 0.8))`. No gradient flows.
 * @throws TraceFailure with an OptionError where a is not from 1e-6 to 1e6.
 */
export const gamma =
  <const S extends Shape>(shape: S, a: number) =>
  (key: Key): Tensor<S, 'f32'> =>
    typedResult(apply1(gammaOp, { shape, a }, [key]))
