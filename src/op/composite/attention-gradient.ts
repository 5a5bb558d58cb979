import * as E from 'fp-ts/lib/Either.js'
import type { TensorError } from '../../error/error.js'
import { shapeError } from '../../error/error.js'
import type { Tensor } from '../../ir/tensor.js'
import type { TensorType } from '../../shape/dim.js'
import { printType, sameShape, sizeOf } from '../../shape/dim.js'
import { alignedOperands, mappedOperands } from '../batching.js'
import type { Builder } from '../builder.js'
import { defineComposite } from '../def.js'
import type { AttentionAttributes } from './attention.js'
import { attentionAttributes, attentionOp } from './attention.js'
import type { AttentionOperands } from './attention-operands.js'
import { attentionOperands, checkAttention } from './attention-operands.js'
import { attentionGradientValues } from './attention-values.js'
import {
  exponentialsOf,
  isByRows,
  throughSoftmax,
  transposed,
  weightsByKey,
  weightsOf,
} from './attention-weights.js'

interface Given<T> {
  readonly operands: AttentionOperands<T>
  /** The cotangent of the result, [..., T, E]. */
  readonly g: T
}

/** The cotangent comes last. */
const givenOf = <T>(masked: boolean, inputs: readonly T[]): Given<T> | null => {
  const operands = attentionOperands(masked, inputs.slice(0, -1))
  const g = inputs.at(-1)
  return operands === null || g === undefined ? null : { operands, g }
}

const gradientTypes = (
  { masked }: AttentionAttributes,
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> =>
  E.chain(
    ({ q, k, v, bias }: AttentionOperands<TensorType>): E.Either<TensorError, readonly TensorType[]> => {
      const g = inputs.at(-1)
      const result = [...q.shape.slice(0, -1), v.shape.at(-1) ?? 1]
      return g?.dtype === 'f32' && sameShape(g.shape, result)
        ? E.right([q, k, v, ...(bias === undefined ? [] : [bias])])
        : E.left(
            shapeError({
              where: 'attentionGradient',
              expected: `as the last operand the cotangent of the result, ${printType({ shape: result, dtype: 'f32' })}`,
              found: g === undefined ? 'nothing' : printType(g),
              hint: 'it has the shape of the queries, and the width of the values',
            }),
          )
    },
  )(checkAttention('attentionGradient', masked, inputs.slice(0, -1)))

/** With the weights of all queries at once, which the result was made with too. */
const atOnce = (b: Builder, scale: number, { operands, g }: Given<Tensor>): readonly Tensor[] => {
  const { q, k, v, bias } = operands
  const p = weightsOf(b, scale, operands)
  const ds = throughSoftmax(b, p, b.matmul(g, transposed(b, v)))
  const scaled = b.mul(ds, b.constant(scale))
  return [
    b.matmul(scaled, k),
    b.matmul(transposed(b, scaled), q),
    b.matmul(transposed(b, p), g),
    ...(bias === undefined ? [] : [b.sumTo(ds, bias.shape)]),
  ]
}

/** What the scores add to the loss. */
interface ScoreGradients {
  /** ds · total, [..., T, S]. */
  readonly byQuery: Tensor
  /** [..., T, 1] */
  readonly total: Tensor
  /** dsᵀ, [..., S, T]. */
  readonly byKey: Tensor
}

/** The sum of ds over what the bias is broadcast along: queries or keys first, as their rows then need not be kept. */
const biasGradient = (b: Builder, bias: Tensor, { byQuery, total, byKey }: ScoreGradients): Tensor => {
  const [queries, keys] = [bias.shape.at(-2) ?? 1, bias.shape.at(-1) ?? 1]
  const sums =
    queries === 1
      ? transposed(b, b.sum(byKey, [-1], true))
      : b.div(keys === 1 ? b.sum(byQuery, [-1], true) : byQuery, total)
  return b.sumTo(sums, bias.shape)
}

/**
 * Scores computed again twice: query by query for dq, then key by key for dk and dv. Nothing of the size of the scores
 * outlives a row, but for a bias [T, S] that heads share: its cotangent is a sum over the heads. The barriers keep what
 * is computed again apart from what made the result, and keys behind queries.
 */
export const attentionGradientByRows = (
  b: Builder,
  scale: number,
  { operands, g }: Given<Tensor>,
): readonly Tensor[] => {
  const { bias, mask } = operands
  const behind = b.barrier([operands.q, operands.k, operands.v], [g])
  const [q = operands.q, k = operands.k, v = operands.v] = behind
  const factor = b.constant(scale)
  const scaled = b.mul(q, factor)

  const weights = exponentialsOf(b, { q: scaled, k, bias, mask })
  const { exponentials, total } = weights
  const dp = b.matmul(g, transposed(b, v))
  const mean = b.div(b.sum(b.mul(exponentials, dp), [-1], true), total)
  const ds = b.mul(exponentials, b.sub(dp, mean))
  const dq = b.mul(b.div(b.matmul(ds, k), total), factor)

  const [keys = k, values = v] = b.barrier([k, v], [dq])
  const p = weightsByKey(b, { q: scaled, k: keys, bias, mask }, weights)
  const dv = b.matmul(p, g)
  const dsByKey = b.mul(p, b.sub(b.matmul(values, transposed(b, g)), transposed(b, mean)))
  const dk = b.matmul(dsByKey, scaled)
  const scores = { byQuery: ds, total, byKey: dsByKey }
  return [dq, dk, dv, ...(bias === undefined ? [] : [biasGradient(b, bias, scores)])]
}

export const attentionGradientOp = defineComposite<AttentionAttributes>({
  name: 'attentionGradient',
  category: 'composite',
  doc:
    'The cotangents of queries, keys, values and bias of attention, from its operands and, last, the cotangent of its result. With p ' +
    'the weights: dv = pᵀg, ds = p ⊙ (gvᵀ − Σ p ⊙ gvᵀ), dq = scale·ds·k, dk = scale·dsᵀq, dbias = ds. What the derivative of ' +
    'attention is made of.',
  attrs: attentionAttributes,
  type: gradientTypes,
  expand: (b, { scale, masked }, inputs) => {
    const given = givenOf(masked, inputs)
    return given === null ? [] : atOnce(b, scale, given)
  },
  expandByRows: (b, { scale, masked }, inputs) => {
    const given = givenOf(masked, inputs)
    return given === null || !isByRows(given.operands) ? null : attentionGradientByRows(b, scale, given)
  },
  evaluate: ({ scale, masked }, inputs) => {
    const given = givenOf(masked, inputs)
    return given === null ? [] : attentionGradientValues(scale, given.operands, given.g)
  },
  vjp: 'expand',
  jvp: 'expand',
  batch: (b, site) => {
    const { scale, masked } = site.attrs
    // Each example has cotangents of its own, those of a bias that all share too.
    const inputs = mappedOperands(b, site)
    const given = givenOf(masked, alignedOperands(b, { ...site, inputs, isMapped: inputs.map(() => true) }))
    return given === null
      ? []
      : b
          .attentionGradient(given.operands, given.g, scale)
          .map((cotangent, i) => b.reshape(cotangent, inputs[i]?.shape ?? []))
  },
  cost: (_, [q, , v]) => {
    const scores = sizeOf([...(q?.shape.slice(0, -1) ?? []), v?.shape.at(-2) ?? 1])
    return { flops: scores * (6 * Number(q?.shape.at(-1) ?? 1) + 4 * Number(v?.shape.at(-1) ?? 1) + 18) }
  },
  samples: attentionOp.samples.map(({ attrs, inputs }) => ({
    attrs,
    inputs: [
      ...inputs,
      {
        shape: [...(inputs[0]?.shape.slice(0, -1) ?? []), inputs[2]?.shape.at(-1) ?? 1],
        dtype: 'f32' as const,
        domain: 'any' as const,
      },
    ],
  })),
  tolerance: { relative: 1e-5 },
  laws: [],
})
