import * as E from 'fp-ts/lib/Either.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Dim, Shape, TensorType } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { ChannelsCheck } from '../../shape/last-axis.js'
import { mappedOperand } from '../batching.js'
import type { Builder } from '../builder.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import type { EpsilonAttributes } from './channel-parameters.js'
import { besideRows, checkChannels, epsilonAttributes, normalisationInputs } from './channel-parameters.js'
import { mapAlong } from './last-axis.js'
import { sumOfTerms } from './standardise.js'

/** x/√(mean x² + ε) over the last axis, and the factor. */
const scaledToOne = (
  b: Builder,
  x: Tensor,
  epsilon: number,
): { readonly normal: Tensor; readonly rate: Tensor } => {
  const rate = b.rsqrt(b.add(b.mean(b.mul(x, x), [-1], true), b.constant(epsilon)))
  return { normal: b.mul(x, rate), rate }
}

/** The derivative of the scaled values is symmetric: both modes use it. */
const project = (
  b: Builder,
  g: Tensor,
  { normal, rate }: { readonly normal: Tensor; readonly rate: Tensor },
): Tensor => b.mul(rate, b.sub(g, b.mul(normal, b.mean(b.mul(g, normal), [-1], true))))

export const rmsNormOp = defineComposite<EpsilonAttributes>({
  name: 'rmsNorm',
  category: 'composite',
  doc:
    'Root mean square normalisation (Zhang and Sennrich 2019) over the last axis: x̂ = x/√(mean x² + ε), then x̂ ⊙ scale. ' +
    'Derivative of x̂, symmetric: (h − x̂·mean(h ⊙ x̂))/√(mean x² + ε).',
  attrs: epsilonAttributes,
  type: (attrs, inputs) => E.map((x: TensorType) => [x])(checkChannels('rmsNorm', attrs, inputs, 1)),
  expand: (b, { epsilon }, [x, scale]) =>
    x === undefined || scale === undefined ? [] : [b.mul(scaledToOne(b, x, epsilon).normal, scale)],
  evaluate: ({ epsilon }, [x, scale]) =>
    x === undefined
      ? []
      : [
          mapAlong(x, -1, (line) => {
            const square = line.reduce((total, value) => total + value * value, 0) / line.length
            return line.map(
              (value, i) => (value / Math.sqrt(square + epsilon)) * (scale?.data[i] ?? Number.NaN),
            )
          }),
        ],
  vjp: (b, { attrs: { epsilon }, inputs: [x, scale], cotangents: [g] }) => {
    if (x === undefined || scale === undefined || g === undefined) return []
    const scaled = scaledToOne(b, x, epsilon)
    return [project(b, b.mul(g, scale), scaled), b.sumTo(b.mul(g, scaled.normal), scale.shape)]
  },
  jvp: (b, { attrs: { epsilon }, inputs: [x, scale], outputs: [y], tangents: [dx, dScale] }) => {
    if (x === undefined || scale === undefined || y === undefined) return [null]
    const scaled = scaledToOne(b, x, epsilon)
    const terms = [
      ...(dx ? [b.mul(project(b, dx, scaled), scale)] : []),
      ...(dScale ? [b.mul(scaled.normal, dScale)] : []),
    ]
    return [sumOfTerms(b, terms, y)]
  },
  // A scale of its own for each example comes after, so that the rest stays whole.
  batch: (b, site) => {
    const { epsilon } = site.attrs
    const x = mappedOperand(b, site, 0)
    const [, scale] = site.inputs
    if (scale === undefined) return []
    if (site.isMapped[1] !== true) return [b.rmsNorm(x, scale, epsilon)]
    const ones = b.constant(1, [x.shape.at(-1) ?? 1])
    return [b.mul(b.rmsNorm(x, ones, epsilon), besideRows(b, x, scale))]
  },
  cost: (_, __, [output]) => ({ flops: 5 * sizeOf(output?.shape ?? []) }),
  samples: [
    { attrs: { epsilon: 0.1 }, inputs: normalisationInputs(['n', 4], 1) },
    { attrs: { epsilon: 0.1 }, inputs: normalisationInputs(['n', 'm', 'c'], 1) },
    { attrs: { epsilon: 1 }, inputs: normalisationInputs(['c'], 1) },
  ],
  tolerance: { relative: 1e-5 },
  laws: [],
})

/**
 * x over the root of its mean square on the last axis, times `scale` [C]: `pipe(x, rmsNorm(scale))`.
 * @throws TraceFailure with a ShapeError where scale does not have one number for each channel.
 */
export const rmsNorm =
  <C extends Dim>(scale: Tensor<readonly [C], 'f32'>, { epsilon = 1e-6 }: Partial<EpsilonAttributes> = {}) =>
  <S extends Shape>(x: Tensor<S, 'f32'> & ChannelsCheck<'rmsNorm', S, C>): Tensor<S, 'f32'> =>
    typedResult(apply1(rmsNormOp, { epsilon }, [x, scale]))
