import * as E from 'fp-ts/lib/Either.js'
import type { Tensor } from '../../ir/tensor.js'
import type { Dim, Shape, TensorType } from '../../shape/dim.js'
import { sizeOf } from '../../shape/dim.js'
import type { ChannelsCheck } from '../../shape/last-axis.js'
import { mappedOperand } from '../batching.js'
import type { Primitive } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { atMost } from '../operands.js'
import { typedResult } from '../typed-result.js'
import type { EpsilonAttributes } from './channel-parameters.js'
import { besideRows, checkChannels, epsilonAttributes, normalisationInputs } from './channel-parameters.js'
import { momentsOf, normalised, project, standardise, sumOfTerms } from './standardise.js'

const LAST = [-1]

/** Whole while scale and shift are shared; otherwise standardised whole, then scaled and shifted. */
const layerNormBatch: Primitive<EpsilonAttributes>['batch'] = (b, site) => {
  const { epsilon } = site.attrs
  const [x, scale, shift] = [0, 1, 2].map((i) => (i === 0 ? mappedOperand(b, site, i) : site.inputs[i]))
  if (x === undefined || scale === undefined || shift === undefined) return []
  const [, ownScale = false, ownShift = false] = site.isMapped
  const channels = [x.shape.at(-1) ?? 1]
  const normal = b.layerNorm(
    x,
    ownScale ? b.constant(1, channels) : scale,
    ownScale || ownShift ? b.constant(0, channels) : shift,
    epsilon,
  )
  const scaled = ownScale ? b.mul(normal, besideRows(b, x, scale)) : normal
  if (ownShift) return [b.add(scaled, besideRows(b, x, shift))]
  return [ownScale ? b.add(scaled, shift) : scaled]
}

export const layerNormOp = defineComposite<EpsilonAttributes>({
  name: 'layerNorm',
  category: 'composite',
  doc:
    'Layer normalisation (Ba et al. 2016) over the last axis: x̂ = (x − mean)/√(variance + ε) with the biased variance, then ' +
    'x̂ ⊙ scale + shift. Derivative of x̂, symmetric: (h − mean h − x̂·mean(h ⊙ x̂))/√(variance + ε).',
  attrs: epsilonAttributes,
  type: atMost('layerNorm', 3, (attrs, inputs) =>
    E.map((x: TensorType) => [x])(checkChannels('layerNorm', attrs, inputs, 2)),
  ),
  expand: (b, { epsilon }, [x, scale, shift]) =>
    x === undefined || scale === undefined || shift === undefined
      ? []
      : [b.add(b.mul(standardise(b, x, LAST, epsilon).normal, scale), shift)],
  evaluate: ({ epsilon }, [x, scale, shift]) => {
    if (x === undefined) return []
    const channels = Math.max(x.shape.at(-1) ?? 1, 1)
    const row = (flat: number): number => Math.floor(flat / channels)
    return [normalised(x, momentsOf(x, x.data.length / channels, row), row, epsilon, scale, shift)]
  },
  vjp: (b, { attrs: { epsilon }, inputs: [x, scale, shift], cotangents: [g] }) => {
    if (x === undefined || scale === undefined || shift === undefined || g === undefined) return []
    const standard = standardise(b, x, LAST, epsilon)
    return [
      project(b, b.mul(g, scale), standard, LAST),
      b.sumTo(b.mul(g, standard.normal), scale.shape),
      b.sumTo(g, shift.shape),
    ]
  },
  jvp: (b, { attrs: { epsilon }, inputs: [x, scale], outputs: [y], tangents: [dx, dScale, dShift] }) => {
    if (x === undefined || scale === undefined || y === undefined) return [null]
    const standard = standardise(b, x, LAST, epsilon)
    const terms = [
      ...(dx ? [b.mul(project(b, dx, standard, LAST), scale)] : []),
      ...(dScale ? [b.mul(standard.normal, dScale)] : []),
      ...(dShift ? [dShift] : []),
    ]
    return [sumOfTerms(b, terms, y)]
  },
  batch: layerNormBatch,
  cost: (_, __, [output]) => ({ flops: 8 * sizeOf(output?.shape ?? []) }),
  // A smaller epsilon lets the function bend more sharply than finite differences can follow.
  samples: [
    { attrs: { epsilon: 0.1 }, inputs: normalisationInputs(['n', 4], 2) },
    { attrs: { epsilon: 0.1 }, inputs: normalisationInputs(['n', 'm', 'c'], 2) },
  ],
  tolerance: { relative: 1e-5 },
  laws: [],
})

/**
 * x standardised over its last axis, times `scale`, plus `shift`, both [C]: `pipe(x, layerNorm(scale, shift))`.
 * @throws TraceFailure with a ShapeError where scale or shift do not have one number for each channel.
 */
export const layerNorm =
  <C extends Dim>(
    scale: Tensor<readonly [C], 'f32'>,
    shift: Tensor<readonly [NoInfer<C>], 'f32'>,
    { epsilon = 1e-6 }: Partial<EpsilonAttributes> = {},
  ) =>
  <S extends Shape>(x: Tensor<S, 'f32'> & ChannelsCheck<'layerNorm', S, C>): Tensor<S, 'f32'> =>
    typedResult(apply1(layerNormOp, { epsilon }, [x, scale, shift]))
