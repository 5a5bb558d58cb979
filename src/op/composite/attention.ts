import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { fail, optionError, shapeError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { AttentionCheck, AttentionShape } from '../../shape/attention.js'
import { broadcastShapes } from '../../shape/broadcast.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sameShape, sizeOf } from '../../shape/dim.js'
import { alignedOperands, mappedOperand } from '../batching.js'
import type { NdArray } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { broadcastPositions } from '../elementwise/family.js'
import { typedResult } from '../typed-result.js'
import { logSumExp } from './last-axis.js'

export type AttentionAttributes = {
  /** Factor on the products of queries and keys; 1/√D as a rule. */
  readonly scale: number
}

const attentionAttributes: t.Type<AttentionAttributes, Attributes> = t.readonly(t.strict({ scale: t.number }))

/** [..., queries, keys] */
const scoresShape = (q: Shape, k: Shape): Shape => [...q.slice(0, -1), k.at(-2) ?? 1]

const isBias = (bias: TensorType | undefined, scores: Shape): boolean => {
  if (bias === undefined) return true
  const common = broadcastShapes('attention', bias.shape, scores)
  return bias.dtype === 'f32' && E.isRight(common) && sameShape(common.right, scores)
}

const attentionType = (
  _: AttentionAttributes,
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const [q, k, v, bias] = inputs
  const fits =
    q !== undefined &&
    k !== undefined &&
    v !== undefined &&
    inputs.length <= 4 &&
    [q, k, v].every(({ dtype, shape }) => dtype === 'f32' && shape.length >= 2) &&
    sameShape(q.shape.slice(0, -2), k.shape.slice(0, -2)) &&
    sameShape(k.shape.slice(0, -1), v.shape.slice(0, -1)) &&
    q.shape.at(-1) === k.shape.at(-1) &&
    isBias(bias, scoresShape(q.shape, k.shape))
  return fits
    ? E.right([{ shape: [...q.shape.slice(0, -1), v.shape.at(-1) ?? 1], dtype: 'f32' }])
    : E.left(
        shapeError({
          where: 'attention',
          expected:
            'f32 queries [..., T, D], keys [..., S, D] and values [..., S, E], and a bias, if any, that broadcasts to [..., T, S]',
          found: inputs.map(printType).join(', ') || 'nothing',
          hint: 'bring heads to a leading axis; keys and values have the same positions',
        }),
      )
}

/** Position by position: scores, their softmax, the weighted mean of the values. */
const evaluateAttention = (
  { scale }: AttentionAttributes,
  q: NdArray,
  k: NdArray,
  v: NdArray,
  bias: NdArray | undefined,
  shape: readonly number[],
): NdArray => {
  const [targets = 1, width = 1] = q.shape.slice(-2)
  const rows = sizeOf(q.shape.slice(0, -1))
  const [sources = 1, wide = 1] = v.shape.slice(-2)
  const scores = [...q.shape.slice(0, -1), sources]
  const biasAt = bias === undefined ? null : broadcastPositions(bias.shape, scores)
  const data = new Float64Array(sizeOf(shape))
  for (let row = 0; row < rows; row++) {
    const head = Math.floor(row / targets)
    const line = Float64Array.from({ length: sources }, (_, s) => {
      let total = 0
      for (let i = 0; i < width; i++)
        total += (q.data[row * width + i] ?? 0) * (k.data[(head * sources + s) * width + i] ?? 0)
      return total * scale + (biasAt === null ? 0 : (bias?.data[biasAt(row * sources + s)] ?? Number.NaN))
    })
    const normaliser = logSumExp(line)
    line.forEach((score, s) => {
      const weight = Math.exp(score - normaliser)
      for (let i = 0; i < wide; i++)
        data[row * wide + i] =
          (data[row * wide + i] ?? 0) + weight * (v.data[(head * sources + s) * wide + i] ?? 0)
    })
  }
  return { shape, data }
}

export const attentionOp = defineComposite<AttentionAttributes>({
  name: 'attention',
  category: 'composite',
  doc:
    'Scaled dot-product attention (Vaswani et al. 2017): softmax(scale·q·kᵀ + bias)·v for queries [..., T, D], keys [..., S, D] ' +
    'and values [..., S, E]. A fourth operand is added to the scores: relative positions, or a mask of large negative numbers. ' +
    'Its derivatives are those of its expansion, in which softmax has its own.',
  attrs: attentionAttributes,
  type: attentionType,
  expand: (b, { scale }, [q, k, v, bias]) => {
    if (q === undefined || k === undefined || v === undefined) return []
    const rank = k.shape.length
    const transposed = b.permute(
      k,
      k.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
    )
    const scores = b.mul(b.matmul(q, transposed), b.constant(scale))
    return [b.matmul(b.softmax(bias === undefined ? scores : b.add(scores, bias), -1), v)]
  },
  evaluate: (attrs, [q, k, v, bias], [shape = []]) =>
    q === undefined || k === undefined || v === undefined
      ? []
      : [evaluateAttention(attrs, q, k, v, bias, shape)],
  vjp: 'expand',
  jvp: 'expand',
  batch: (b, site) => {
    const [q, k, v] = [0, 1, 2].map((i) => mappedOperand(b, site, i))
    if (q === undefined || k === undefined || v === undefined) return []
    // Scores have the rank of queries: a bias of fewer axes is aligned to them, or broadcasts as it is.
    const [, , , bias] = alignedOperands(b, site)
    return [b.attention(q, k, v, site.attrs.scale, bias)]
  },
  cost: (_, [q, , v]) => {
    const scores = sizeOf([...(q?.shape.slice(0, -1) ?? []), v?.shape.at(-2) ?? 1])
    return { flops: scores * (2 * Number(q?.shape.at(-1) ?? 1) + 2 * Number(v?.shape.at(-1) ?? 1) + 13) }
  },
  samples: [
    {
      attrs: { scale: 0.5 },
      inputs: [
        { shape: ['t', 'd'], dtype: 'f32', domain: 'any' },
        { shape: ['s', 'd'], dtype: 'f32', domain: 'any' },
        { shape: ['s', 'e'], dtype: 'f32', domain: 'any' },
      ],
    },
    {
      attrs: { scale: 1 },
      inputs: [
        { shape: ['b', 2, 't', 'd'], dtype: 'f32', domain: 'any' },
        { shape: ['b', 2, 's', 'd'], dtype: 'f32', domain: 'any' },
        { shape: ['b', 2, 's', 'd'], dtype: 'f32', domain: 'any' },
        { shape: [2, 't', 's'], dtype: 'f32', domain: 'any' },
      ],
    },
  ],
  tolerance: { relative: 1e-5 },
  laws: [],
})

/** Options of `attention`. */
export interface AttentionOptions {
  /** 1/√D unless stated. */
  readonly scale?: number
  /** Added to the scores, to which it broadcasts. */
  readonly bias?: Tensor<Shape, 'f32'>
}

/** 1/√D for queries whose last axis has a size. */
const usualScale = (q: Tensor): number => {
  const width = q.shape.at(-1)
  return typeof width === 'number'
    ? 1 / Math.sqrt(width)
    : fail(
        optionError({
          where: 'attention',
          expected: 'a scale, where queries have a named last axis',
          found: printType(q),
          hint: 'give the scale as an option',
        }),
      )
}

/**
 * softmax(scale·q·kᵀ + bias)·v: `pipe(q, attention(k, v))`.
 * @throws TraceFailure with a ShapeError where the operands do not fit.
 */
export const attention =
  <K extends Shape, V extends Shape>(
    k: Tensor<K, 'f32'>,
    v: Tensor<V, 'f32'>,
    { scale, bias }: AttentionOptions = {},
  ) =>
  <Q extends Shape>(q: Tensor<Q, 'f32'> & AttentionCheck<Q, K, V>): Tensor<AttentionShape<Q, V>, 'f32'> =>
    typedResult(
      apply1(attentionOp, { scale: scale ?? usualScale(q) }, [
        q,
        k,
        v,
        ...(bias === undefined ? [] : [bias]),
      ]),
    )
