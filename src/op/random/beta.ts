import * as t from 'io-ts'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Shape } from '../../shape/dim.js'
import { apply1 } from '../def.js'
import { typedResult } from '../typed-result.js'
import { drawComposite, rowOfDraw } from './draw-family.js'
import { keySample, keysSample } from './family.js'
import type { Key } from './key.js'
import { GAMMA_BLOCKS, GAMMA_EXPECTED, GAMMA_FLOPS, drawLogGamma, isGammaParameter } from './log-gamma.js'
import { SHAPE_EXPECTED, isRandomShape } from './shape-attributes.js'

export type BetaAttributes = {
  readonly shape: readonly (number | string)[]
  readonly a: number
  readonly b: number
}

const betaAttributes: t.Type<BetaAttributes, Attributes> = t.readonly(
  t.strict({ shape: t.readonlyArray(t.union([t.number, t.string])), a: t.number, b: t.number }),
)

export const betaOp = drawComposite<BetaAttributes>({
  name: 'beta',
  doc:
    'Beta numbers, density x^(a−1)·(1 − x)^(b−1) / B(a, b): X / (X + Y) of two gamma draws, from their logarithms as ' +
    'sigmoid(log X − log Y), so that it is right for small parameters too, whose draws lie near 0 and 1. In float32 good to ' +
    '3e-6, save where gamma takes another proposal.',
  attrs: betaAttributes,
  dtype: 'f32',
  shape: ({ shape }) => shape,
  accepts: ({ shape, a, b }) => isRandomShape(shape) && isGammaParameter(a) && isGammaParameter(b),
  expected: `${SHAPE_EXPECTED}, and parameters a and b ${GAMMA_EXPECTED}`,
  hint: 'Mixup draws with a = b between 0.2 and 1',
  draw: (build, key, { shape, a, b }) => {
    const keys = build.split(key, 2)
    const x = drawLogGamma(build, rowOfDraw(build, keys, key, 0), shape, a)
    const y = drawLogGamma(build, rowOfDraw(build, keys, key, 1), shape, b)
    return build.sigmoid(build.add(build.sub(x.log, y.log), build.constant(Math.log(x.unit / y.unit))))
  },
  blocks: 2 * GAMMA_BLOCKS,
  flops: 2 * GAMMA_FLOPS,
  samples: [
    { attrs: { shape: [2, 3], a: 0.8, b: 0.8 }, inputs: [keySample] },
    { attrs: { shape: [], a: 2, b: 0.3 }, inputs: [keysSample(3)] },
  ],
  relative: 2e-6,
})

/**
 * Beta numbers of parameters `a` and `b`: `pipe(key, beta([], 0.8, 0.8))` is the weight of Mixup. No gradient flows.
 * @throws TraceFailure with an OptionError where a or b is not from 1e-6 to 1e6.
 */
export const beta =
  <const S extends Shape>(shape: S, a: number, b: number) =>
  (key: Key): Tensor<S, 'f32'> =>
    typedResult(apply1(betaOp, { shape, a, b }, [key]))
