import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import type { TensorError } from '../../error/error.js'
import { fail, optionError, shapeError } from '../../error/error.js'
import type { Attributes, Tensor } from '../../ir/tensor.js'
import type { HeadsCheck, MultiHeadShape } from '../../shape/attention.js'
import type { Shape, TensorType } from '../../shape/dim.js'
import { printType, sizeOf } from '../../shape/dim.js'
import { alignedOperands, mappedOperand } from '../batching.js'
import type { Builder } from '../builder.js'
import type { Composite, NdArray } from '../def.js'
import { apply1, defineComposite } from '../def.js'
import { typedResult } from '../typed-result.js'
import type { AttentionOperands } from './attention-operands.js'
import { attentionOperands, checkAttention } from './attention-operands.js'
import { attentionValues } from './attention-values.js'
import { pullAttention, pushAttention } from './attention.js'

export type MultiHeadAttentionAttributes = {
  /** Equal shares of the widths, each attending by itself. */
  readonly heads: number
  /** Factor on the products of queries and keys; √(heads / width) as a rule. */
  readonly scale: number
  /** Whether the last operand is a mask. */
  readonly masked: boolean
}

const multiHeadAttributes: t.Type<MultiHeadAttentionAttributes, Attributes> = t.readonly(
  t.strict({ heads: t.number, scale: t.number, masked: t.boolean }),
)

/** [..., T, width] as [..., heads, T, width / heads], or null where the heads do not divide the width. */
const splitType = (heads: number, { shape, dtype }: TensorType): TensorType | null => {
  const width = shape.at(-1)
  return typeof width === 'number' && shape.length >= 2 && Number.isInteger(width / heads)
    ? { dtype, shape: [...shape.slice(0, -2), heads, shape.at(-2) ?? 1, width / heads] }
    : null
}

const multiHeadType = (
  { heads, masked }: MultiHeadAttentionAttributes,
  inputs: readonly TensorType[],
): E.Either<TensorError, readonly TensorType[]> => {
  const [q, , v] = inputs
  const split = inputs.slice(0, 3).map((operand) => splitType(heads, operand))
  if (!(heads >= 1) || !split.every((type) => type !== null))
    return E.left(
      shapeError({
        where: 'multiHeadAttention',
        expected: `queries, keys and values [..., positions, width] whose widths ${heads} heads divide`,
        found: inputs.map(printType).join(', ') || 'nothing',
        hint: 'each head takes an equal share of the width',
      }),
    )
  return pipe(
    checkAttention('multiHeadAttention', masked, [...split, ...inputs.slice(3)]),
    E.map(() => [{ shape: [...(q?.shape.slice(0, -1) ?? []), v?.shape.at(-1) ?? 1], dtype: 'f32' as const }]),
  )
}

/** The last three axes with the first two of them exchanged: heads before positions, or back. */
const exchange = (b: Builder, x: Tensor): Tensor => {
  const rank = x.shape.length
  return b.permute(
    x,
    x.shape.map((_, axis) => (axis === rank - 3 ? rank - 2 : axis === rank - 2 ? rank - 3 : axis)),
  )
}

/** [..., T, width] → [..., heads, T, width / heads] */
const splitHeads = (b: Builder, x: Tensor, heads: number): Tensor =>
  exchange(b, b.reshape(x, [...x.shape.slice(0, -1), heads, Number(x.shape.at(-1)) / heads]))

/** [..., heads, T, width] → [..., T, heads · width] */
const mergeHeads = (b: Builder, x: Tensor): Tensor => {
  const merged = exchange(b, x)
  const [heads = 1, width = 1] = merged.shape.slice(-2)
  return b.reshape(merged, [...merged.shape.slice(0, -2), Number(heads) * Number(width)])
}

/** The same of values: [..., T, width] → [..., heads, T, width / heads] */
const byHead = (x: NdArray, heads: number): NdArray => {
  const [positions = 1, width = 1] = x.shape.slice(-2)
  const share = width / heads
  const shape = [...x.shape.slice(0, -2), heads, positions, share]
  const data = new Float64Array(x.data.length)
  x.data.forEach((value, flat) => {
    const [row, column] = [Math.floor(flat / width), flat % width]
    const [example, position] = [Math.floor(row / positions), row % positions]
    data[((example * heads + Math.floor(column / share)) * positions + position) * share + (column % share)] =
      value
  })
  return { shape, data }
}

const fromHeads = (x: NdArray, shape: readonly number[]): NdArray => {
  const [heads = 1, positions = 1, share = 1] = x.shape.slice(-3)
  const data = new Float64Array(x.data.length)
  x.data.forEach((value, flat) => {
    const [row, column] = [Math.floor(flat / share), flat % share]
    const [head, position] = [Math.floor(row / positions) % heads, row % positions]
    const example = Math.floor(row / positions / heads)
    data[((example * positions + position) * heads + head) * share + column] = value
  })
  return { shape, data }
}

const splitOperands = (
  b: Builder,
  heads: number,
  { q, k, v, bias, mask }: AttentionOperands<Tensor>,
): AttentionOperands<Tensor> => ({
  q: splitHeads(b, q, heads),
  k: splitHeads(b, k, heads),
  v: splitHeads(b, v, heads),
  bias,
  mask,
})

export const multiHeadAttentionOp: Composite<MultiHeadAttentionAttributes> =
  defineComposite<MultiHeadAttentionAttributes>({
    name: 'multiHeadAttention',
    category: 'composite',
    doc:
      'Attention in heads (Vaswani et al. 2017): queries [..., T, H·D], keys [..., S, H·D] and values [..., S, H·E] are split into H ' +
      'heads of consecutive numbers, each attends by itself, and the results stand side by side, [..., T, H·E]. A bias and a bool ' +
      'mask, if any, broadcast to the scores [..., H, T, S]; see attention. Projections are not part of it.',
    attrs: multiHeadAttributes,
    type: multiHeadType,
    expand: (b, { heads, scale, masked }, inputs) => {
      const operands = attentionOperands(masked, inputs)
      if (operands === null) return []
      const { q, k, v, bias, mask } = splitOperands(b, heads, operands)
      return [mergeHeads(b, b.attention(q, k, v, scale, bias, mask))]
    },
    evaluate: ({ heads, scale, masked }, inputs, [shape = []]) => {
      const operands = attentionOperands(masked, inputs)
      if (operands === null) return []
      const { q, k, v, bias, mask } = operands
      const split = (x: typeof q): typeof q => byHead(x, heads)
      const shares = [...shape.slice(0, -2), heads, shape.at(-2) ?? 1, (shape.at(-1) ?? 1) / heads]
      const mixed = attentionValues(scale, { q: split(q), k: split(k), v: split(v), bias, mask }, shares)
      return [fromHeads(mixed, shape)]
    },
    vjp: (b, { attrs: { heads, scale, masked }, inputs, cotangents: [g] }) => {
      const operands = attentionOperands(masked, inputs)
      if (operands === null || g === undefined) return []
      const [dq, dk, dv, ...others] = pullAttention(
        b,
        scale,
        splitOperands(b, heads, operands),
        splitHeads(b, g, heads),
      )
      return [...[dq, dk, dv].map((x) => (x ? mergeHeads(b, x) : null)), ...others]
    },
    jvp: (b, { attrs: { heads, scale, masked }, inputs, tangents }) => {
      const operands = attentionOperands(masked, inputs)
      const directions = attentionOperands(masked, tangents)
      if (operands === null || directions === null) return [null]
      const split = (x: Tensor | null): Tensor | null => (x === null ? null : splitHeads(b, x, heads))
      const pushed = pushAttention(b, scale, splitOperands(b, heads, operands), {
        ...directions,
        q: split(directions.q),
        k: split(directions.k),
        v: split(directions.v),
      })
      return [pushed === null ? null : mergeHeads(b, pushed)]
    },
    batch: (b, site) => {
      const { heads, scale, masked } = site.attrs
      const [q, k, v] = [0, 1, 2].map((i) => mappedOperand(b, site, i))
      if (q === undefined || k === undefined || v === undefined) return []
      // Scores have one axis more than queries: as if these had an axis for the heads.
      const asScores = { ...site, inputs: site.inputs.map((x, i) => (i < 3 ? splitHeads(b, x, heads) : x)) }
      const operands = attentionOperands(masked, [q, k, v, ...alignedOperands(b, asScores).slice(3)])
      if (operands === null) return []
      const extras = [operands.bias, operands.mask].flatMap((operand) => operand ?? [])
      return [apply1(multiHeadAttentionOp, { heads, scale, masked }, [q, k, v, ...extras])]
    },
    cost: (_, [q, , v]) => {
      const scores = sizeOf([...(q?.shape.slice(0, -1) ?? []), v?.shape.at(-2) ?? 1])
      return { flops: scores * (2 * Number(q?.shape.at(-1) ?? 1) + 2 * Number(v?.shape.at(-1) ?? 1) + 13) }
    },
    samples: [
      {
        attrs: { heads: 2, scale: 0.5, masked: false },
        inputs: [
          { shape: ['b', 't', 4], dtype: 'f32', domain: 'any' },
          { shape: ['b', 's', 4], dtype: 'f32', domain: 'any' },
          { shape: ['b', 's', 2], dtype: 'f32', domain: 'any' },
        ],
      },
      {
        attrs: { heads: 3, scale: 1, masked: true },
        inputs: [
          { shape: ['t', 3], dtype: 'f32', domain: 'any' },
          { shape: ['s', 3], dtype: 'f32', domain: 'any' },
          { shape: ['s', 6], dtype: 'f32', domain: 'any' },
          { shape: [3, 't', 's'], dtype: 'f32', domain: 'any' },
          { shape: ['t', 's'], dtype: 'bool', domain: 'bool' },
        ],
      },
      {
        attrs: { heads: 1, scale: 0.5, masked: true },
        inputs: [
          { shape: ['b', 't', 2], dtype: 'f32', domain: 'any' },
          { shape: ['b', 's', 2], dtype: 'f32', domain: 'any' },
          { shape: ['b', 's', 2], dtype: 'f32', domain: 'any' },
          { shape: ['b', 1, 1, 's'], dtype: 'bool', domain: 'bool' },
        ],
      },
    ],
    tolerance: { relative: 1e-5 },
    laws: [],
  })

/** Options of `multiHeadAttention`. */
export interface MultiHeadAttentionOptions {
  /** √(heads / width) unless stated: one over the root of a head's width. */
  readonly scale?: number
  /** Added to the scores [..., heads, T, S], to which it broadcasts. */
  readonly bias?: Tensor<Shape, 'f32'>
  /** True where a query may attend to a key; broadcasts to the scores. */
  readonly mask?: Tensor<Shape, 'bool'>
}

const usualScale = (q: Tensor, heads: number): number => {
  const width = q.shape.at(-1)
  return typeof width === 'number'
    ? Math.sqrt(heads / width)
    : fail(
        optionError({
          where: 'multiHeadAttention',
          expected: 'a scale, where queries have a named last axis',
          found: printType(q),
          hint: 'give the scale as an option',
        }),
      )
}

/**
 * Attention in `heads` equal shares of the widths: `pipe(q, multiHeadAttention(8, k, v, { mask }))`.
 * @throws TraceFailure with a ShapeError where the operands do not fit, or the heads do not divide the widths.
 */
export const multiHeadAttention =
  <const Heads extends number, K extends Shape, V extends Shape>(
    heads: Heads,
    k: Tensor<K, 'f32'>,
    v: Tensor<V, 'f32'>,
    { scale, bias, mask }: MultiHeadAttentionOptions = {},
  ) =>
  <Q extends Shape>(q: Tensor<Q, 'f32'> & HeadsCheck<Heads, Q, K, V>): Tensor<MultiHeadShape<Q, V>, 'f32'> =>
    typedResult(
      apply1(
        multiHeadAttentionOp,
        { heads, scale: scale ?? usualScale(q, heads), masked: mask !== undefined },
        [q, k, v, ...[bias, mask].flatMap((operand) => operand ?? [])],
      ),
    )
