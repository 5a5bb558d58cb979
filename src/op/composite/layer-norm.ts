import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { Dim, Shape, TensorType } from '../../shape/dim.js'
import { printType, sizeOf } from '../../shape/dim.js'
import type { ChannelsCheck } from '../../shape/last-axis.js'
import { mappedOperand } from '../batching.js'
import type { Builder } from '../builder.js'
import type { Primitive } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import { mapAlong } from './last-axis.js'
import { atMost } from '../operands.js'

export type LayerNormAttributes = {
  /** Added to the variance; above 0. */
  readonly epsilon: number
}

const layerNormAttributes: t.Type<LayerNormAttributes, Attributes> = t.readonly(
  t.strict({ epsilon: t.number }),
)

const layerNormType = (
  { epsilon }: LayerNormAttributes,
  [x, scale, shift]: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const channels = x?.shape.at(-1)
  const isChannels = (type: TensorType | undefined): boolean =>
    type !== undefined && type.dtype === 'f32' && type.shape.length === 1 && type.shape[0] === channels
  return x !== undefined &&
    x.dtype === 'f32' &&
    channels !== undefined &&
    isChannels(scale) &&
    isChannels(shift) &&
    epsilon > 0
    ? E.right([{ shape: x.shape, dtype: 'f32' }])
    : E.left(
        shapeError({
          where: 'layerNorm',
          expected: `an f32 tensor, a scale and a shift with one number for each of its last axis, and an epsilon above 0`,
          found: `${[x, scale, shift].map((type) => (type === undefined ? 'nothing' : printType(type))).join(', ')} and epsilon ${epsilon}`,
          hint: 'scale and shift have one axis, as long as the last axis of x',
        }),
      )
}

/** x without its mean, and 1/√(variance + epsilon), over the last axis. */
const standardise = (
  b: Builder,
  x: Tensor,
  epsilon: number,
): { readonly normal: Tensor; readonly rate: Tensor } => {
  const centred = b.sub(x, b.mean(x, [-1], true))
  const rate = b.rsqrt(b.add(b.mean(b.mul(centred, centred), [-1], true), b.constant(epsilon)))
  return { normal: b.mul(centred, rate), rate }
}

/** The derivative of the standardised values is symmetric: both modes use it. */
const project = (b: Builder, g: Tensor, normal: Tensor, rate: Tensor): Tensor => {
  const along = b.mul(normal, b.mean(b.mul(g, normal), [-1], true))
  return b.mul(rate, b.sub(b.sub(g, b.mean(g, [-1], true)), along))
}

/** A scale or shift of its own for each example stands beside rows, not among them: [V, C] becomes [V, 1, …, C]. */
const besideRows = (b: Builder, x: Tensor, parameter: Tensor): Tensor => {
  const [size = 1, channels = 1] = parameter.shape
  return b.reshape(parameter, [size, ...x.shape.slice(1, -1).map(() => 1), channels])
}

/** Whole while scale and shift are shared; otherwise standardised whole, then scaled and shifted. */
const layerNormBatch: Primitive<LayerNormAttributes>['batch'] = (b, site) => {
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

export const layerNormOp = defineComposite<LayerNormAttributes>({
  name: 'layerNorm',
  category: 'composite',
  doc:
    'Layer normalisation (Ba et al. 2016) over the last axis: x̂ = (x − mean)/√(variance + ε) with the biased variance, then ' +
    'x̂ ⊙ scale + shift. Derivative of x̂, symmetric: (h − mean h − x̂·mean(h ⊙ x̂))/√(variance + ε).',
  attrs: layerNormAttributes,
  type: atMost('layerNorm', 3, layerNormType),
  expand: (b, { epsilon }, [x, scale, shift]) =>
    x === undefined || scale === undefined || shift === undefined
      ? []
      : [b.add(b.mul(standardise(b, x, epsilon).normal, scale), shift)],
  evaluate: ({ epsilon }, [x, scale, shift]) =>
    x === undefined
      ? []
      : [
          mapAlong(x, -1, (line) => {
            const mean = line.reduce((total, value) => total + value, 0) / line.length
            const variance = line.reduce((total, value) => total + (value - mean) ** 2, 0) / line.length
            const deviation = Math.sqrt(variance + epsilon)
            return line.map(
              (value, i) =>
                ((value - mean) / deviation) * (scale?.data[i] ?? Number.NaN) +
                (shift?.data[i] ?? Number.NaN),
            )
          }),
        ],
  vjp: (b, { attrs: { epsilon }, inputs: [x, scale, shift], cotangents: [g] }) => {
    if (x === undefined || scale === undefined || shift === undefined || g === undefined) return []
    const { normal, rate } = standardise(b, x, epsilon)
    return [
      project(b, b.mul(g, scale), normal, rate),
      b.sumTo(b.mul(g, normal), scale.shape),
      b.sumTo(g, shift.shape),
    ]
  },
  jvp: (b, { attrs: { epsilon }, inputs: [x, scale], outputs: [y], tangents: [dx, dScale, dShift] }) => {
    if (x === undefined || scale === undefined || y === undefined) return [null]
    const { normal, rate } = standardise(b, x, epsilon)
    const terms = [
      ...(dx ? [b.mul(project(b, dx, normal, rate), scale)] : []),
      ...(dScale ? [b.mul(normal, dScale)] : []),
      ...(dShift ? [dShift] : []),
    ]
    const [first, ...others] = terms
    return [first === undefined ? null : b.broadcast(others.reduce(b.add, first), y.shape)]
  },
  batch: layerNormBatch,
  cost: (_, __, [output]) => ({ flops: 8 * sizeOf(output?.shape ?? []) }),
  samples: [
    // A smaller epsilon lets the function bend more sharply than finite differences can follow.
    {
      attrs: { epsilon: 0.1 },
      inputs: [
        { shape: ['n', 4], dtype: 'f32', domain: 'apart' },
        { shape: [4], dtype: 'f32', domain: 'any' },
        { shape: [4], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { epsilon: 0.1 },
      inputs: [
        { shape: ['n', 'm', 'c'], dtype: 'f32', domain: 'any' },
        { shape: ['c'], dtype: 'f32', domain: 'any' },
        { shape: ['c'], dtype: 'f32', domain: 'any' },
      ],
    },
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
    { epsilon = 1e-6 }: Partial<LayerNormAttributes> = {},
  ) =>
  <S extends Shape>(x: Tensor<S, 'f32'> & ChannelsCheck<'layerNorm', S, C>): Tensor<S, 'f32'> =>
    typedResult(apply1(layerNormOp, { epsilon }, [x, scale, shift]))
